//! Sign in, or create an account. What is wrong stands beside the field that is wrong.

use carillon_ipc::{MainRequest, Notice, NoticeCode, SignInField, SignInForm, SignInView, testid};
use yew::prelude::*;

use crate::{
    components::{Button, ButtonKind, Field, FieldProps, Icon, IconView, Problem},
    context::{Language, use_texts},
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
    let problem = view.problem.clone().filter(|_| !*mended);
    let onsubmit = {
        let (form, send, busy) = (form.clone(), send.clone(), view.busy);
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if !busy {
                send.emit(MainRequest::SignIn((*form).clone()));
            }
        })
    };
    let page = Page { texts, form, mended, problem };
    html! {
        <form class="sign-in" data-testid={testid::SIGN_IN} {onsubmit} novalidate=true>
            { page.header() }
            { page.server() }
            { page.account() }
            { page.password() }
            { page.problem_of_the_form() }
            { page.buttons(view.busy) }
        </form>
    }
}

/// What the parts of the page have in common.
struct Page {
    texts: Language,
    form: UseStateHandle<SignInForm>,
    mended: UseStateHandle<bool>,
    problem: Option<(SignInField, Notice)>,
}

impl Page {
    fn header(&self) -> Html {
        let registering = self.form.registering;
        let (title, lead) =
            if registering { ("register-title", "register-lead") } else { ("sign-in-title", "sign-in-lead") };
        html! {
            <header class="sign-in-header">
                <span class="sign-in-bell"><IconView icon={Icon::Bell} /></span>
                <h1>{ self.texts.t(title) }</h1>
                <p class="quiet">{ self.texts.t(lead) }</p>
            </header>
        }
    }

    fn server(&self) -> Html {
        let form = &self.form;
        let field = FieldProps {
            placeholder: Some(self.texts.t("sign-in-server-placeholder").into()),
            autofocus: form.server.is_empty(),
            ..self.field(SignInField::Server, testid::SIGN_IN_SERVER, "sign-in-server", |form| &mut form.server)
        };
        let insecure = form.allow_insecure || self.has_code(NoticeCode::InsecureAddress);
        html! {
            <>
                <Field ..field />
                if insecure {
                    { consent(
                        self.texts.t("sign-in-allow-insecure"),
                        testid::SIGN_IN_ALLOW_INSECURE,
                        form.allow_insecure,
                        self.toggle(|form| &mut form.allow_insecure),
                    ) }
                }
            </>
        }
    }

    fn account(&self) -> Html {
        let form = &self.form;
        let invite = FieldProps {
            // It appears because the user has asked for it.
            autofocus: true,
            ..self.field(SignInField::Invite, testid::SIGN_IN_INVITE, "register-invite", |form| &mut form.invite)
        };
        let user = FieldProps {
            autocomplete: "username".into(),
            autofocus: !form.server.is_empty() && form.user.is_empty(),
            ..self.field(SignInField::User, testid::SIGN_IN_USER, "sign-in-user", |form| &mut form.user)
        };
        let display_name = FieldProps {
            placeholder: Some(self.texts.t("register-display-name-placeholder").into()),
            autocomplete: "name".into(),
            problem: None,
            ..self.field(SignInField::Form, testid::SIGN_IN_DISPLAY_NAME, "register-display-name", |form| {
                &mut form.display_name
            })
        };
        html! {
            <>
                if form.registering {
                    <Field ..invite />
                }
                <Field ..user />
                if form.registering {
                    <Field ..display_name />
                }
            </>
        }
    }

    fn password(&self) -> Html {
        let form = &self.form;
        let field = FieldProps {
            secret: true,
            autocomplete: if form.registering { "new-password" } else { "current-password" }.into(),
            autofocus: !form.server.is_empty() && !form.user.is_empty(),
            hint: form.registering.then(|| self.texts.t("register-password-hint").into()),
            ..self.field(SignInField::Password, testid::SIGN_IN_PASSWORD, "sign-in-password", |form| &mut form.password)
        };
        html! { <Field ..field /> }
    }

    fn problem_of_the_form(&self) -> Html {
        let form = &self.form;
        let offers_file = form.keep_in_file || self.has_code(NoticeCode::NoKeychain);
        html! {
            <>
                if let Some((SignInField::Form, notice)) = &self.problem {
                    <Problem notice={notice.clone()} testid={testid::SIGN_IN_PROBLEM} />
                }
                if offers_file {
                    { consent(
                        self.texts.t("sign-in-keep-in-file"),
                        testid::SIGN_IN_KEEP_IN_FILE,
                        form.keep_in_file,
                        self.toggle(|form| &mut form.keep_in_file),
                    ) }
                }
            </>
        }
    }

    fn buttons(&self, is_busy: bool) -> Html {
        let (submit, busy, switch) = if self.form.registering {
            ("register-submit", "register-busy", "register-to-sign-in")
        } else {
            ("sign-in-submit", "sign-in-busy", "sign-in-to-register")
        };
        html! {
            <>
                <Button
                    kind={ButtonKind::Primary}
                    class="button-wide"
                    text={self.texts.t(if is_busy { busy } else { submit })}
                    testid={testid::SIGN_IN_SUBMIT}
                    disabled={is_busy}
                    submit=true
                />
                <Button
                    kind={ButtonKind::Link}
                    text={self.texts.t(switch)}
                    testid={testid::SIGN_IN_SWITCH}
                    on_press={self.toggle(|form| &mut form.registering)}
                />
            </>
        }
    }

    fn field(&self, field: SignInField, id: &'static str, label: &str, part: Part) -> FieldProps {
        let mut form = (*self.form).clone();
        FieldProps {
            id: id.into(),
            label: self.texts.t(label).into(),
            value: part(&mut form).clone().into(),
            problem: self.problem.as_ref().filter(|(at, _)| *at == field).map(|(_, notice)| notice.clone()),
            problem_testid: Some(testid::SIGN_IN_PROBLEM.into()),
            on_type: self.type_into(field, part),
            placeholder: None,
            hint: None,
            autocomplete: "off".into(),
            autofocus: false,
            secret: false,
            max: None,
        }
    }

    fn type_into(&self, field: SignInField, part: Part) -> Callback<String> {
        let (form, mended) = (self.form.clone(), self.mended.clone());
        let mends = self.problem.as_ref().is_some_and(|(at, _)| *at == field);
        Callback::from(move |text: String| {
            let mut next = (*form).clone();
            *part(&mut next) = text;
            form.set(next);
            if mends {
                mended.set(true);
            }
        })
    }

    fn toggle(&self, part: fn(&mut SignInForm) -> &mut bool) -> Callback<()> {
        let form = self.form.clone();
        Callback::from(move |()| {
            let mut next = (*form).clone();
            let flag = part(&mut next);
            *flag = !*flag;
            form.set(next);
        })
    }

    fn has_code(&self, code: NoticeCode) -> bool {
        self.problem.as_ref().is_some_and(|(_, notice)| notice.code == code)
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
