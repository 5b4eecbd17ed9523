//! Signing in, and making an account.

use carillon_kit::{Login, SignIn};

use crate::{
    args::{Cli, Register},
    exit::Problem,
    state::DeviceFile,
};

/// Signs this device in.
pub(crate) async fn sign_in(cli: &Cli) -> Result<Login, Problem> {
    let file = DeviceFile::of(cli);
    let (device, device_secret) = file.read();
    let typed = SignIn {
        server: cli.server.clone(),
        allow_insecure: cli.allow_insecure,
        user: cli.user.clone(),
        password: password(cli)?,
        device_name: cli.device.clone(),
        device,
        device_secret,
    };
    let login = carillon_kit::sign_in(typed).await?;
    keep(&file, &login);
    Ok(login)
}

/// Makes an account, whose first device this is.
pub(crate) async fn register(cli: &Cli, options: &Register) -> Result<Login, Problem> {
    let typed = carillon_kit::Register {
        server: cli.server.clone(),
        allow_insecure: cli.allow_insecure,
        invite: options.invite.clone(),
        user: cli.user.clone(),
        display_name: options.display_name.clone(),
        password: password(cli)?,
        device_name: cli.device.clone(),
    };
    let login = carillon_kit::register(typed).await?;
    keep(&DeviceFile::of(cli), &login);
    Ok(login)
}

fn keep(file: &DeviceFile, login: &Login) {
    let secret = login.device_secret.as_deref().unwrap_or_default();
    if let Err(error) = file.write(login.signed_in.device, secret) {
        tracing::warn!(%error, "the device id cannot be kept: the next run is another device");
    }
}

/// Never an argument: other users of the machine can read those.
pub(crate) fn password(cli: &Cli) -> Result<String, Problem> {
    if let Some(path) = &cli.password_file {
        let text =
            std::fs::read_to_string(path).map_err(|error| Problem::usage(format!("{}: {error}", path.display())))?;
        return Ok(text.lines().next().unwrap_or_default().to_owned());
    }
    std::env::var("CARILLON_PASSWORD")
        .map_err(|_| Problem::usage("a password is needed: set CARILLON_PASSWORD, or give --password-file"))
}
