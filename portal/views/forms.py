"""Forms of the house's own pages: companies and people."""

from wtforms import EmailField, RadioField, SelectField, StringField, TelField
from wtforms.validators import Email, InputRequired, Length, Optional, Regexp

from portal.accounts.roles import ROLE_TITLES, STAFF_ROLES
from portal.customers.models import KIND_TITLES, TIER_TITLES
from portal.customers.provinces import by_name
from portal.customers.registering import CLASSES, USUAL_CLASS
from portal.i18n import LANGUAGES, N_, name_of
from portal.web.forms import Form, choices, options

CURRENCIES = ("THB", "USD", "EUR", "GBP", "JPY", "CNY", "SGD", "MYR")
CODE = Regexp(r"^[A-Za-z0-9][A-Za-z0-9._-]*$", message=N_("Use letters, digits, dots and dashes only."))


class CompanyForm(Form):
    """The particulars of a company and its delivery address."""

    code = StringField(N_("Customer code"), validators=[InputRequired(), Length(max=32), CODE])
    name_th = StringField(N_("Name in Thai"), validators=[InputRequired(), Length(max=200)])
    name_en = StringField(N_("Name in English"), validators=[Optional(), Length(max=200)])
    kind = RadioField(N_("Kind"), validators=[InputRequired()])
    tier = SelectField(N_("Service tier"), validators=[InputRequired()])
    allocation_class = SelectField(N_("Allocation class"), coerce=int, default=USUAL_CLASS)
    tax_id = StringField(N_("Tax ID"), validators=[Optional(), Length(max=20)])
    branch = StringField(N_("Branch"), validators=[Optional(), Length(max=60)])
    language = RadioField(
        N_("Preferred language"), validators=[InputRequired()], choices=options(LANGUAGES.items())
    )
    currency = SelectField(
        N_("Currency"), validators=[InputRequired()], choices=options((c, c) for c in CURRENCIES)
    )
    contact = StringField(N_("Contact person"), validators=[Optional(), Length(max=120)])
    phone = TelField(N_("Phone"), validators=[Optional(), Length(max=40)])
    email = EmailField(N_("E-mail"), validators=[Optional(), Email(), Length(max=254)])
    address_th = StringField(N_("Address in Thai"), validators=[Optional(), Length(max=300)])
    address_en = StringField(N_("Address in English"), validators=[Optional(), Length(max=300)])
    province = SelectField(N_("Province"), validators=[Optional()])
    postcode = StringField(N_("Postcode"), validators=[Optional(), Length(max=12)])

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = choices(KIND_TITLES)
        self.tier.choices = choices(TIER_TITLES)
        self.allocation_class.flags.required = True  # one of them always holds; left out it stays as it is
        self.allocation_class.choices = options((str(n), str(n)) for n in CLASSES)
        self.province.choices = options([("", "–"), *((p.code, name_of(p)) for p in by_name())])


class PersonForm(Form):
    """Somebody to invite."""

    name = StringField(N_("Name"), validators=[InputRequired(), Length(max=120)])
    email = EmailField(N_("E-mail"), validators=[InputRequired(), Email(), Length(max=254)])
    language = RadioField(
        N_("Preferred language"), validators=[InputRequired()], choices=options(LANGUAGES.items())
    )


class ColleagueForm(PersonForm):
    """Somebody of the distributor to invite, with their role."""

    role = SelectField(N_("Role"), validators=[InputRequired()])

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.role.choices = choices(
            {role: title for role, title in ROLE_TITLES.items() if role in STAFF_ROLES}
        )
