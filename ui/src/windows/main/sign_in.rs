//! Sign in, or create an account. What is wrong stands beside the field that is wrong.

use carillon_ipc::{MainRequest, NoticeCode, SignInField, SignInForm, SignInView, testid};
use yew::prelude::*;

use crate::{
    components::{Button, ButtonKind, Field, FieldProps, Icon, IconView, Problem},
    context::use_texts,
};

#[derive(Properties, PartialEq)]
pub(super) struct SignInPageProps {
    pub(super) view: SignInView,
    pub(super) send: Callback<MainRequest>,
}

/// A field that sets a part of the form.
type Part = fn(&mut SignInForm) -> &mut String;

#[component]
pub(super) fn SignInPage(props: &SignInPageProps) -> Html {
    let texts = use_texts();
    let SignInPageProps { view, send } = props;
    let form =
        use_state(|| SignInForm { server: view.server.clone(), user: view.user.clone(), ..SignInForm::default() });
    // A problem is about what was sent; it goes as soon as its field is mended.
    let mended = use_state(|| false);
    use_effect_with(view.clone(), {
        let mended = mended.clone();
        move |_| mended.set(false)
    });
    let problem = view.problem.as_ref().filter(|_| !*mended);
    let type_into = |field: SignInField, part: Part| {
        let (form, mended) = (form.clone(), mended.clone());
        let mends = problem.is_some_and(|(at, _)| *at == field);
        Callback::from(move |text: String| {
            let mut next = (*form).clone();
            *part(&mut next) = text;
            form.set(next);
            if mends {
                mended.set(true);
            }
        })
    };
    let toggle = |part: fn(&mut SignInForm) -> &mut bool| {
        let form = form.clone();
        Callback::from(move |_: ()| {
            let mut next = (*form).clone();
            let flag = part(&mut next);
            *flag = !*flag;
            form.set(next);
        })
    };
    let onsubmit = {
        let (form, send, busy) = (form.clone(), send.clone(), view.busy);
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if !busy {
                send.emit(MainRequest::SignIn((*form).clone()));
            }
        })
    };
    let field = |field: SignInField, id: &'static str, label: &str, value: &str, part: Part| FieldProps {
        id: id.into(),
        label: texts.t(label).into(),
        value: value.to_owned().into(),
        problem: problem.filter(|(at, _)| *at == field).map(|(_, notice)| notice.clone()),
        problem_testid: Some(testid::SIGN_IN_PROBLEM.into()),
        on_type: type_into(field, part),
        placeholder: None,
        hint: None,
        autocomplete: "off".into(),
        autofocus: false,
        secret: false,
        max: None,
    };
    let has_code = |code: NoticeCode| problem.is_some_and(|(_, notice)| notice.code == code);
    let (title, lead, submit, busy, switch) = if form.registering {
        ("register-title", "register-lead", "register-submit", "register-busy", "register-to-sign-in")
    } else {
        ("sign-in-title", "sign-in-lead", "sign-in-submit", "sign-in-busy", "sign-in-to-register")
    };
    html! {
        <form class="sign-in" data-testid={testid::SIGN_IN} {onsubmit} novalidate=true>
            <header class="sign-in-header">
                <span class="sign-in-bell"><IconView icon={Icon::Bell} /></span>
                <h1>{ texts.t(title) }</h1>
                <p class="quiet">{ texts.t(lead) }</p>
            </header>
            <Field
                ..FieldProps {
                    placeholder: Some(texts.t("sign-in-server-placeholder").into()),
                    autofocus: form.server.is_empty(),
                    ..field(SignInField::Server, testid::SIGN_IN_SERVER, "sign-in-server", &form.server, |form| &mut form.server)
                }
            />
            if form.allow_insecure || has_code(NoticeCode::InsecureAddress) {
                { consent(texts.t("sign-in-allow-insecure"), testid::SIGN_IN_ALLOW_INSECURE, form.allow_insecure, toggle(|form| &mut form.allow_insecure)) }
            }
            if form.registering {
                <Field ..field(SignInField::Invite, testid::SIGN_IN_INVITE, "register-invite", &form.invite, |form| &mut form.invite) />
            }
            <Field
                ..FieldProps {
                    autocomplete: "username".into(),
                    autofocus: !form.server.is_empty() && form.user.is_empty(),
                    ..field(SignInField::User, testid::SIGN_IN_USER, "sign-in-user", &form.user, |form| &mut form.user)
                }
            />
            if form.registering {
                <Field
                    ..FieldProps {
                        placeholder: Some(texts.t("register-display-name-placeholder").into()),
                        autocomplete: "name".into(),
                        problem: None,
                        ..field(SignInField::Form, testid::SIGN_IN_DISPLAY_NAME, "register-display-name", &form.display_name, |form| &mut form.display_name)
                    }
                />
            }
            <Field
                ..FieldProps {
                    secret: true,
                    autocomplete: if form.registering { "new-password" } else { "current-password" }.into(),
                    autofocus: !form.server.is_empty() && !form.user.is_empty(),
                    hint: form.registering.then(|| texts.t("register-password-hint").into()),
                    ..field(SignInField::Password, testid::SIGN_IN_PASSWORD, "sign-in-password", &form.password, |form| &mut form.password)
                }
            />
            if let Some((SignInField::Form, notice)) = problem {
                <Problem notice={notice.clone()} testid={testid::SIGN_IN_PROBLEM} />
            }
            if form.keep_in_file || has_code(NoticeCode::NoKeychain) {
                { consent(texts.t("sign-in-keep-in-file"), testid::SIGN_IN_KEEP_IN_FILE, form.keep_in_file, toggle(|form| &mut form.keep_in_file)) }
            }
            <Button
                kind={ButtonKind::Primary}
                class="button-wide"
                text={texts.t(if view.busy { busy } else { submit })}
                testid={testid::SIGN_IN_SUBMIT}
                disabled={view.busy}
                submit=true
            />
            <Button
                kind={ButtonKind::Link}
                text={texts.t(switch)}
                testid={testid::SIGN_IN_SWITCH}
                on_press={toggle(|form| &mut form.registering)}
            />
        </form>
    }
}

fn consent(text: String, testid: &'static str, checked: bool, on_change: Callback<()>) -> Html {
    html! {
        <label class="consent">
            <input type="checkbox" class="checkbox" {checked} data-testid={testid} onchange={on_change.reform(|_: Event| ())} />
            <span>{ text }</span>
        </label>
    }
}
