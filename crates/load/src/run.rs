//! A load from its beginning to its end.

use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use futures_util::{StreamExt as _, stream};
use tokio::time::{interval_at, sleep, timeout};

use crate::{
    floor::Floor,
    plan::{MOST_IN_A_CALL, Plan, Server},
    process::{self, Used},
    report::{Readings, Report},
    signalling::{Call, Setting, Signalling, SignallingError, carillon::Carillon, janus::Janus},
};

/// How many calls begin at the same time.
const AT_ONCE: usize = 4;

/// How long connections may take, all together.
const CONNECT_PATIENCE: Duration = Duration::from_secs(30);

/// How long what is late may come after the measurement.
const GRACE: Duration = Duration::from_millis(500);

/// How long all may take to leave: a server that is gone answers nobody.
const LEAVE_PATIENCE: Duration = Duration::from_secs(30);

/// How often it is told how far it is.
const TELL_EVERY: Duration = Duration::from_millis(200);

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The plan makes no sense.
    #[error("{0}")]
    Plan(String),
    /// This machine does not let it.
    #[error("this machine: {0}")]
    Machine(#[from] std::io::Error),
    /// The server does not let it.
    #[error("the server: {0}")]
    Server(String),
    /// Connections do not come about.
    #[error("{connected} of {of} connections have come about in time")]
    NotConnected {
        /// So many have.
        connected: usize,
        /// So many were to.
        of: usize,
    },
    /// It was told to stop.
    #[error("stopped before it was measured")]
    Stopped,
}

impl From<SignallingError> for LoadError {
    fn from(error: SignallingError) -> Self {
        Self::Server(error.to_string())
    }
}

/// How far a load is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// So many calls have begun.
    Joining {
        /// So many have.
        begun: usize,
        /// Of so many.
        of: usize,
    },
    /// Everything flows, and is not counted yet.
    Settling,
    /// It is counted.
    Measuring {
        /// Since so long.
        passed: Duration,
        /// For so long.
        of: Duration,
    },
    /// All leave.
    Leaving,
}

/// Loads a server, and says what came of it. All leave in good manners, also when it fails or when `stop` comes first.
///
/// # Errors
/// [`LoadError`] says what is in the way.
pub async fn run(plan: &Plan, tell: impl Fn(Stage), stop: impl Future<Output = ()>) -> Result<Report, LoadError> {
    check(plan)?;
    let url = match &plan.server {
        Server::Carillon { url, .. } | Server::Janus { url } => url,
    };
    let floor = Floor::open(plan.threads, url)?;
    let setting = Setting { plan, floor: &floor };
    match &plan.server {
        Server::Carillon { url, account } => load(setting, &Carillon::new(url, account.clone())?, tell, stop).await,
        Server::Janus { url } => load(setting, &Janus::connect(url).await?, tell, stop).await,
    }
}

fn check(plan: &Plan) -> Result<(), LoadError> {
    let refuse = |why: &str| Err(LoadError::Plan(why.to_owned()));
    let in_each = plan.publishers + plan.viewers;
    if plan.channels == 0 || plan.publishers == 0 || in_each < 2 {
        return refuse("there have to be a call, somebody who sends, and somebody who receives");
    }
    if matches!(plan.server, Server::Carillon { .. }) && in_each > MOST_IN_A_CALL {
        return refuse("that is more than a call takes; let there be more calls, with --channels");
    }
    if plan.duration.is_zero() {
        return refuse("a measurement takes a while");
    }
    Ok(())
}

async fn load<S: Signalling>(
    setting: Setting<'_>,
    server: &S,
    tell: impl Fn(Stage),
    stop: impl Future<Output = ()>,
) -> Result<Report, LoadError> {
    let mut calls = Vec::with_capacity(setting.plan.channels);
    let loaded = tokio::select! {
        loaded = fill_and_measure(setting, server, &mut calls, &tell) => loaded,
        () = stop => Err(LoadError::Stopped),
    };
    tell(Stage::Leaving);
    let leaving = async {
        stream::iter(calls.into_iter().map(Call::end)).buffer_unordered(AT_ONCE).collect::<Vec<()>>().await;
        server.end().await;
    };
    if timeout(LEAVE_PATIENCE, leaving).await.is_err() {
        tracing::warn!("the server lets nobody leave");
    }
    loaded
}

async fn fill_and_measure<S: Signalling>(
    setting: Setting<'_>,
    server: &S,
    calls: &mut Vec<S::Call>,
    tell: &impl Fn(Stage),
) -> Result<Report, LoadError> {
    let Setting { plan, floor } = setting;
    let at_first = plan.process.and_then(process::used);
    let of = plan.channels;
    tell(Stage::Joining { begun: 0, of });
    let mut filling = stream::iter((0..of).map(|channel| server.fill(setting, channel))).buffer_unordered(AT_ONCE);
    while let Some(call) = filling.next().await {
        calls.push(call?);
        tell(Stage::Joining { begun: calls.len(), of });
    }
    let connections = calls.iter().map(Call::connections).sum();
    wait_for_connections(floor, connections).await?;
    tell(Stage::Settling);
    sleep(plan.warm_up).await;
    let (mut readings, tally) = measure(setting, calls.first_mut(), at_first, tell).await?;
    readings.connections = connections;
    Ok(Report::new(plan, tally, readings))
}

async fn wait_for_connections(floor: &Floor, of: usize) -> Result<(), LoadError> {
    let connected = || floor.presence.connected.load(Ordering::Relaxed);
    let all = async {
        while connected() < of {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(CONNECT_PATIENCE, all).await.map_err(|_| LoadError::NotConnected { connected: connected(), of })
}

async fn measure<C: Call>(
    setting: Setting<'_>,
    restless: Option<&mut C>,
    at_first: Option<Used>,
    tell: &impl Fn(Stage),
) -> Result<(Readings, crate::tally::Tally), LoadError> {
    let Setting { plan, floor } = setting;
    let read = || (plan.process.and_then(process::used), process::used(std::process::id()));
    let before = read();
    floor.begin();
    let began_at = Instant::now();
    let until = began_at + plan.duration;
    tokio::select! {
        () = tell_until(began_at, plan.duration, tell) => {}
        failed = churn(setting, restless, until) => return Err(failed.into()),
    }
    let after = read();
    floor.freeze();
    let during = began_at.elapsed();
    let connections_lost = floor.presence.lost.load(Ordering::Relaxed);
    sleep(GRACE).await;
    let tally = floor.tally().await;
    let readings = Readings {
        during,
        server: at_first.zip(before.0).zip(after.0).map(|((first, before), after)| [first, before, after]),
        own: before.1.zip(after.1).map(|(before, after)| [before, after]),
        connections: 0,
        connections_lost,
    };
    Ok((readings, tally))
}

async fn tell_until(began_at: Instant, of: Duration, tell: &impl Fn(Stage)) {
    let mut ticks = interval_at((began_at + TELL_EVERY).into(), TELL_EVERY);
    while began_at.elapsed() < of {
        let left = of.saturating_sub(began_at.elapsed());
        timeout(left, ticks.tick()).await.ok();
        tell(Stage::Measuring { passed: began_at.elapsed().min(of), of });
    }
}

/// One participant goes and comes back, over and over. Ends only with an error.
async fn churn<C: Call>(setting: Setting<'_>, restless: Option<&mut C>, until: Instant) -> SignallingError {
    let (Some(call), Some(every)) = (restless, setting.plan.churn) else { return std::future::pending().await };
    let mut ticks = interval_at((Instant::now() + every).into(), every);
    loop {
        ticks.tick().await;
        if Instant::now() + every > until {
            return std::future::pending().await;
        }
        if let Err(error) = call.go_and_return(setting).await {
            return error;
        }
    }
}
