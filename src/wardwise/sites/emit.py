"""How a mapping says which event to emit, for HL7 v2 messages, FHIR resources and rows of a file alike.

A **place** is an address (`PV1-3.1`, HL7 v2), a path (`period.start`, FHIR) or a column's name of ours (CSV).
One value is worked out so:

1. `take`: places in order; the first that is present and not blank counts. Or `join`: all that are not blank,
   with one space between. Or `constant`. Or `token` (see below). Or `cases`: values of their own, each with the
   conditions (`when`) under which it counts; the first whose conditions hold is used, and none of them: absent.
   Exactly one of the five. A plain word or list of words is short for `take`, a list with a group in it for
   `cases`. Blanks around a text are cut off first.
2. Nothing there: `default` if given, else the value is absent (its field is left out of the payload).
   An explicit HL7 null (two quotation marks) is not nothing: the value is null, the field is emitted as null,
   and the steps below are skipped.
3. `cut`: a part of the text: `{at: /, part: 2}` what stands between the first and the second `/` (`part: -1`
   the last part); or `{from: 1, to: 2}` the first two characters. No such part: the value is absent. Then
   `function`: one or several of `named.FUNCTIONS`, in order, on the text.
4. `table`: the text is looked up in the mapping's `codes`, exactly as written there. `pick` names the column
   of a table whose entries are rows. A text the table does not know: `unknown` says what then: `quarantine`
   (the default: nothing of the message or row is emitted, the reason names the table), `skip` (this one event
   is not emitted), `absent` (the value is absent), `default` (the `default` counts), `keep` (the text itself).
5. `as` gives the payload's type: `text`, `integer`, `decimal`, `boolean` (true, yes, y, 1 and their opposites), `date`,
   `time` (an instant, in the feed's zone unless the text carries an offset), `unit` (the key `site/unit` of a
   slug), `list` (the texts between semicolons). A text that cannot become it: quarantine. `after` (with `time`
   only): if the instant is not later than this one, it is moved by whole local days until it is (the end of a
   night shift).

**occurred_at** (and `known_at` of a CSV mapping) is always read as a time, whatever `as` says. Its places are
tried until one is an instant; none: quarantine.

**Tokens** stand for people: HMAC of `authority|identifier`; both are values. No identifier: `about` lacks it.
**when**: all conditions must hold, else the event is not emitted (nothing is quarantined).
**about.unit** is a slug, which the reader turns into its key, **about.bed** a bed's name within that unit;
a bed without a unit is left out, one that the unit does not have is kept with the flag `bed-unknown`. A unit slug
the site does not have: quarantine.
**status** must become final, preliminary, corrected, cancelled or suspect; absent means final.
**fact_key**: places that together identify the fact in its source. A later event of the same feed and kind
with the same texts there, and other content, `supersedes` the latest one; with the same content it is dropped. Of a
stay the time is part of the content: a movement told again with another time is corrected.
**state_key**: places that together say whose state this is. An event with the same content as the latest of the
same feed and kind with the same texts there is dropped; other content is a new event that replaces nothing. So an
update that repeats where the patient lies moves nobody.
**measured** works out `value`, `ucum`, `original_value`, `original_measure` of the payload: see Measured.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Discriminator, Field, Tag, model_validator

from wardwise.sites.fields import Cell, Kind, Name, Texts, one_or_many
from wardwise.sites.named import Function


class Unknown(StrEnum):
    """What to do with a text that a table does not know."""

    QUARANTINE = "quarantine"
    SKIP = "skip"
    ABSENT = "absent"
    DEFAULT = "default"
    KEEP = "keep"


class As(StrEnum):
    """The type a value takes in the payload."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATE = "date"
    TIME = "time"
    UNIT = "unit"
    LIST = "list"


class Unstated(StrEnum):
    """What a number without a measure is taken for: the wanted measure, or suspect."""

    ASSUME = "assume"
    SUSPECT = "suspect"


Functions = Annotated[tuple[Function, ...], BeforeValidator(one_or_many)]


class Cut(BaseModel, frozen=True, extra="forbid"):
    """A part of a text: between marks (`at`, `part` counted from 1, or from the end if negative), or by characters."""

    at: Annotated[str, Field(min_length=1, max_length=3)] | None = None
    part: Annotated[int, Field(ge=-9, le=9)] = 1
    start: Annotated[int, Field(ge=1, le=99)] | None = Field(default=None, alias="from")
    to: Annotated[int, Field(ge=1, le=99)] | None = None


class Source(BaseModel, frozen=True, extra="forbid"):
    """Where one value comes from and what is done to it, in the steps above. `when` is for `cases` only."""

    when: tuple["Condition", ...] = ()
    take: Texts = ()
    join: Texts = ()
    constant: Cell | None = None
    token: "Token | None" = None
    cases: tuple["Source", ...] = ()
    cut: Cut | None = None
    function: Functions = ()
    table: Name | None = None
    pick: Name | None = None
    default: Cell | None = None
    unknown: Unknown = Unknown.QUARANTINE
    type: As = Field(default=As.TEXT, alias="as")
    after: "Source | None" = None

    @model_validator(mode="before")
    @classmethod
    def _unshorten(cls, value: object) -> object:
        """A plain word or list of words is short for `take`, a list of groups for `cases`."""
        if isinstance(value, list) and any(isinstance(each, dict) for each in value):
            return {"cases": value}
        if isinstance(value, str | list):
            return {"take": value}
        return value


class Token(BaseModel, frozen=True, extra="forbid"):
    """A person or stay by identifier and the authority that assigned it."""

    identifier: Source = Field(description="the identifier, such as PID-3.1")
    authority: Source = Field(description="who assigned it, such as PID-3.4 or {constant: ehr}")


class About(BaseModel, frozen=True, extra="forbid"):
    """Whom and where the event is about."""

    patient: Token | None = None
    encounter: Token | None = None
    staff: Token | None = None
    unit: Source | None = None
    bed: Source | None = None


class Condition(BaseModel, frozen=True, extra="forbid"):
    """One test of one text; absent reads as empty. Exactly one of the tests is given."""

    take: Texts = Field(description="the place to look at")
    function: Functions = ()
    one_of: Texts | None = Field(default=None, alias="is")
    none_of: Texts | None = Field(default=None, alias="is_not")
    known: Name | None = Field(default=None, alias="in")
    not_known: Name | None = Field(default=None, alias="not_in")
    empty: bool | None = None

    @property
    def tests(self) -> int:
        """How many tests are given."""
        every = (self.one_of, self.none_of, self.known, self.not_known, self.empty)
        return sum(test is not None for test in every)


class Measured(BaseModel, frozen=True, extra="forbid"):
    """A number with a measure.

    `value` is read as a decimal (no thousands separators). A text that is none goes to the payload's `word` and no
    number is made of it: what the table `words` knows (as its entry), a bound (`<5`), a range (`5-10`) or a titre
    (`1:128`) is a result; a single short word such as `haemolysed` is doubted (status suspect, flag `non-numeric`),
    anything else is doubted and stays in the raw. `stated` is the measure as the source
    writes it; `measures` names the table whose rows hold `ucum` (the measure after conversion) and, if needed,
    `conversion`. `wanted` is the measure the event must be in. Stated but not in the table, or another measure
    than wanted: the event is emitted with status suspect, flag `wrong-measure`, no `value`, and the original
    kept. Nothing stated: `unstated` decides (`suspect` sets the flag `no-measure`).
    """

    value: Source = Field(description="where the number is, such as OBX-5")
    stated: Source | None = None
    measures: Name = Field(description="the table of measures")
    words: Name | None = None
    wanted: Source | None = None
    unstated: Unstated = Unstated.SUSPECT


class Emit(BaseModel, frozen=True, extra="forbid"):
    """One event to emit: once a message, resource or row, or `for_each` segment of a name or item of a list."""

    kind: Kind = Field(description="the kind of event, such as stay.admitted")
    when: tuple[Condition, ...] = ()
    for_each: Annotated[str, Field(pattern=r"^([A-Z][A-Z0-9]{2}|[a-z][A-Za-z]{0,63})$")] | None = None
    occurred_at: Source = Field(description="when it happened at the bedside, best place first")
    about: About = About()
    payload: Mapping[Name, Source] = {}
    measured: Measured | None = None
    status: Source | None = None
    fact_key: Texts = ()
    state_key: Texts = ()
    sequence: Source | None = None


def _form(value: object) -> str:
    return "row" if isinstance(value, Mapping) else "cell"


Entry = Annotated[Annotated[Cell, Tag("cell")] | Annotated[Mapping[Name, Cell], Tag("row")], Discriminator(_form)]
Tables = Mapping[Name, Annotated[Mapping[str, Entry], Field(min_length=1)]]
