//! Sign in, or create an account. What is wrong stands beside the field that is wrong.

use carillon_ipc::{AppLink, Arg, MainRequest, Notice, NoticeCode, SignInField, SignInForm, SignInView, testid};
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
    let form = use_state(|| filled_in(&SignInForm::default(), view));
    // A link that comes later fills the page in, too; what else was typed stays.
    use_effect_with(view.links, {
        let (form, view) = (form.clone(), view.clone());
        move |&links| {
            if links > 0 {
                form.set(filled_in(&form, &view));
            }
        }
    });
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

/// The form with what the app knows, and what a link has brought.
fn filled_in(form: &SignInForm, view: &SignInView) -> SignInForm {
    let user = if form.user.is_empty() { view.user.clone() } else { form.user.clone() };
    let registering = form.registering || !view.invite.is_empty();
    SignInForm { server: view.server.clone(), invite: view.invite.clone(), user, registering, ..form.clone() }
}

/// What was typed into a field; a link of ours in it, as in a pasted mail, goes into the fields that it is about.
fn typed(form: &SignInForm, field: SignInField, part: Part, text: String) -> SignInForm {
    let mut next = form.clone();
    // While a link is typed letter by letter, every one of its beginnings would count.
    let is_pasted = text.chars().count() > part(&mut next).chars().count() + 1;
    let takes_links = is_pasted && matches!(field, SignInField::Server | SignInField::Invite);
    match AppLink::find_in(&text).filter(|_| takes_links) {
        Some(AppLink::Join { server, invite }) => {
            next.server = server;
            next.registering |= !invite.is_empty();
            next.invite = invite;
        }
        Some(AppLink::Call { .. }) | None => *part(&mut next) = text,
    }
    next
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
                { self.plain_http() }
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

    /// The server has no https: its address with http is one click away.
    fn plain_http(&self) -> Html {
        let Some((_, notice)) = self.problem.as_ref().filter(|_| self.has_code(NoticeCode::PlainHttp)) else {
            return Html::default();
        };
        let (form, mended, address) = (self.form.clone(), self.mended.clone(), notice.name.clone());
        html! {
            <Button
                kind={ButtonKind::Link}
                text={self.texts.with("sign-in-use-http", &[("name", Arg::Text(&notice.name))])}
                testid={testid::SIGN_IN_USE_HTTP}
                on_press={Callback::from(move |()| {
                    form.set(SignInForm { server: address.clone(), ..(*form).clone() });
                    mended.set(true);
                })}
            />
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
                    on_press={self.switch()}
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
            form.set(typed(&form, field, part, text));
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

    /// Between signing in and making an account. What was wrong with the one is not so of the other.
    fn switch(&self) -> Callback<()> {
        let (toggle, mended) = (self.toggle(|form| &mut form.registering), self.mended.clone());
        Callback::from(move |()| {
            mended.set(true);
            toggle.emit(());
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

#[cfg(test)]
mod tests {
    use super::*;

    fn server(form: &mut SignInForm) -> &mut String {
        &mut form.server
    }

    #[test]
    fn a_pasted_link_fills_in_what_it_is_about_and_leaves_the_rest() {
        let before = SignInForm { user: "ada".into(), password: "a secret".into(), ..SignInForm::default() };
        let mail = "Join us: carillon://join?server=calls.example.org&invite=abcd-efgh".to_owned();

        let after = typed(&before, SignInField::Server, server, mail.clone());

        assert_eq!((after.server.as_str(), after.invite.as_str()), ("calls.example.org", "abcd-efgh"));
        assert!(after.registering && after.user == "ada" && after.password == "a secret");
        assert_eq!(typed(&before, SignInField::Server, server, "calls.ex".into()).server, "calls.ex");
        let so_far = SignInForm { server: "carillon://join?server=".into(), ..before.clone() };
        let letter = typed(&so_far, SignInField::Server, server, "carillon://join?server=c".into());
        assert_eq!(letter.server, "carillon://join?server=c", "more is to come");
        let password = typed(&before, SignInField::Password, |form| &mut form.password, mail.clone());
        assert_eq!((password.password, password.server), (mail, String::new()), "a password is whatever it is");
    }

    #[test]
    fn a_link_fills_in_the_page_and_keeps_what_was_typed() {
        let view =
            SignInView { server: "calls.example.org".into(), invite: "abcd".into(), links: 1, ..SignInView::default() };
        let typed = SignInForm { user: "ada".into(), server: "old".into(), ..SignInForm::default() };

        let form = filled_in(&typed, &view);

        assert_eq!(
            (form.server.as_str(), form.invite.as_str(), form.user.as_str()),
            ("calls.example.org", "abcd", "ada")
        );
        assert!(form.registering);
    }
}
