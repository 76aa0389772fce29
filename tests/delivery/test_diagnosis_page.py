"""The page of a diagnosis: well formed, harmless, self-contained, and of bounded size."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from healer.delivery.diagnosis_json import diagnosis_document
from healer.delivery.diagnosis_listing import MOST_CHARACTERS, level_of
from healer.delivery.diagnosis_markup import Markup, anchor, element, escaped
from healer.delivery.diagnosis_page import as_html, policy
from healer.delivery.diagnosis_style import STYLE
from healer.models.code import Location
from tests.diagnoses import CULPRIT, FAILURE, LINE, NEXT, SHOP, SPECTRA, Told

VOID = {"meta"}
TAGS = {
    *("html", "head", "meta", "title", "style", "body", "main", "article", "section", "header", "details", "summary"),
    *("h1", "h2", "h3", "p", "ul", "ol", "li", "pre", "code", "div", "span", "strong", "i", "a"),
}


@dataclass
class Page(HTMLParser):
    """A page taken apart: what is open must be closed, and everything is remembered."""

    text: str
    open: list[str] = field(default_factory=list)
    tags: set[str] = field(default_factory=set)
    attributes: list[tuple[str, str, str]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.said.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def values(self, name: str) -> list[str]:
        return [value for _, known, value in self.attributes if known == name]


def page(told: Told) -> Page:
    return Page(as_html(told.view()))


EVERYTHING = Told(culprit=CULPRIT, spectra=SPECTRA, left_out=("links",))


@pytest.mark.parametrize(
    "told",
    [
        pytest.param(EVERYTHING, id="everything known"),
        pytest.param(Told(), id="a report alone"),
        pytest.param(Told(locations=()), id="nothing suspicious"),
        pytest.param(Told(failures=(), locations=()), id="nothing fails"),
        pytest.param(Told(files={}, locations=()), id="no files"),
    ],
)
def test_a_page_is_well_formed_and_of_known_elements_alone(told: Told) -> None:
    found = page(told)
    assert found.tags <= TAGS
    names = {name for _, name, _ in found.attributes}
    assert not {name for name in names if name.startswith("on")} | (names & {"style", "src", "srcset", "action"})
    assert len(found.values("id")) == len(set(found.values("id")))


def test_every_link_leads_to_a_line_of_the_same_page() -> None:
    found = page(EVERYTHING)
    links = found.values("href")
    assert links
    assert {link.removeprefix("#") for link in links} <= set(found.values("id"))


def test_a_line_is_found_by_path_and_number() -> None:
    assert "shop.py-L5" in page(Told()).values("id")


def test_the_policy_allows_this_style_sheet_and_nothing_else() -> None:
    found = page(EVERYTHING)
    assert ("meta", "content", policy()) in found.attributes
    assert policy().startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy()
    assert "url(" not in STYLE
    assert "@import" not in STYLE


def test_what_fails_where_to_look_and_what_broke_it_are_told() -> None:
    said = "\n".join(page(EVERYTHING).said)
    for words in (
        "2 failing test cases by one cause",
        "AssertionError: assert 4 == 1",
        "tests/test_shop.py::TestShop::test_half_of_two",
        "ran in all 2 failing tests and 0 of 7 passing ones",
        "abc1234 'Double it', the newest commit: what fails passes when this is put back",
        "    halved = value / 2",
        "links",
    ):
        assert words in said


def test_a_line_is_marked_by_its_suspiciousness_and_who_ran_it() -> None:
    row = re.search(r'<div id="shop\.py-L5".*?</div>', as_html(EVERYTHING.view()))
    assert row
    assert 'class="l h10"' in row[0]
    assert 'title="suspiciousness 100% of the highest; run by 2 failing and 0 passing tests"' in row[0]
    assert "2 / 0" in row[0]


@pytest.mark.parametrize(
    ("value", "level"), [(0.0, 0), (0.01, 0), (0.03, 1), (0.1, 1), (0.5, 5), (0.96, 10), (1.0, 10), (7.0, 10)]
)
def test_the_scale_has_ten_steps(value: float, level: int) -> None:
    assert level_of(value) == level


def test_suspicious_functions_are_open_and_all_else_is_folded_but_there() -> None:
    text = "x = 1\n" * 50 + SHOP + "y = 1\n" * 50
    place = Location("shop.py", 55, 55, "half", 0.8)
    html = as_html(Told(files={"shop.py": text}, locations=(place,)).view())
    folded = re.findall(r"<details><summary>(lines? [\d to]+)</summary>", html)
    assert folded == ["lines 1 to 53", "lines 57 to 110"]
    assert html.count('id="shop.py-L') == 110


EVIL = (
    "</script><script>alert(1)</script>", "]]>", "<!--", "</style>", "<img src=x onerror=alert(1)>", '"><b>', "'><b>",
    "&lt;b&gt;", "\u202e", "\u2066", "\x00", "\x1b[31m", "\ud800", "\ufeff",
    "javascript:alert(1)", "</pre></code></div>",
)  # fmt: skip


@pytest.mark.parametrize("evil", EVIL, ids=ascii)
def test_hostile_text_is_shown_and_nothing_more(evil: str) -> None:
    path, written = f"sh{evil}op.py", evil.replace("\x00", "").replace("\ud800", "")
    failure = replace(FAILURE, id=f"a::{evil}", name=evil, message=f"boom {evil}", text=f"trace {evil}\n" * 3)
    place = replace(LINE, path=path, function=f"f{evil}", evidence=(f"changed by {evil}",))
    commit = replace(
        CULPRIT.commit, subject=f"Break {evil}", hunks=(replace(CULPRIT.commit.hunks[0], path=path, new_lines=(evil,)),)
    )
    change = replace(CULPRIT.changes[0], path=path, earlier=(evil,))
    path_is_text = "\ud800" not in evil
    told = Told(
        files={path if path_is_text else "shop.py": SHOP.replace("doubled = value * 2", f"doubled = '{written}'")},
        failures=(failure,),
        locations=(place if path_is_text else replace(place, path="shop.py"),),
        culprit=replace(CULPRIT, commit=commit, changes=(change,) if path_is_text else ()),
        left_out=(evil,),
    )
    found = page(told)
    assert found.tags <= TAGS
    assert not {name for _, name, _ in found.attributes if name.startswith("on")}
    assert all(link.startswith("#") for link in found.values("href"))
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", found.text)


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=st.characters(), max_size=60))
def test_any_text_at_all_leaves_the_page_well_formed(text: str) -> None:
    failure = replace(FAILURE, id=text, name=text, message=text, text=text)
    place = replace(LINE, evidence=(text,), function=text)
    found = page(Told(failures=(failure,), locations=(place,), left_out=(text,), spectra=SPECTRA))
    assert found.tags <= TAGS


def test_an_invisible_character_is_shown_by_its_number() -> None:
    assert escaped("a\u202eb") == 'a<span class="odd">U+202E</span>b'


def test_markup_is_not_escaped_twice_and_everything_else_once() -> None:
    assert element("p", Markup("<b>x</b>"), "<i>", title='"<') == '<p title="&quot;&lt;"><b>x</b>&lt;i&gt;</p>'


@pytest.mark.parametrize("path", ["a b.py", "ä/ö.py", "a#b?.py", "a\nb.py", "a%20b.py", "b\udcff.py"])
def test_an_anchor_has_no_blank_and_names_its_path(path: str) -> None:
    assert not re.search(r"\s|#|\?", anchor(path, 3))
    assert unquote(anchor(path, 3), errors="surrogateescape") == f"{path}-L3"


def test_no_secret_is_on_the_page() -> None:
    secret = "correct-horse-battery"
    commit = replace(CULPRIT.commit, subject=f"Use {secret}")
    change = replace(CULPRIT.changes[0], earlier=(f"    halved = '{secret}'\n",))
    told = Told(
        files={"shop.py": SHOP.replace("doubled", f"'{secret}'")}, secrets=(secret,),
        locations=(replace(LINE, evidence=(f"changed in abc1234 'Use {secret}'",)),),
        culprit=replace(CULPRIT, commit=commit, changes=(change,)),
    )  # fmt: skip
    assert secret not in as_html(told.view())
    assert secret not in str(diagnosis_document(told.view()))


def test_a_page_of_far_too_much_is_bounded_and_says_so() -> None:
    files = {f"m{number}.py": "x = 1\n" * 3500 for number in range(14)}
    files["m0.py"] = "x = '" + "<" * 1_000_000 + "'\n"
    places = tuple(replace(NEXT, path=path, line=1, end_line=1, function=None, suspiciousness=0.5) for path in files)
    failures = tuple(replace(FAILURE, id=f"t::{number}", text="y" * 100_000) for number in range(5000))
    html = as_html(Told(files=files, locations=places, failures=failures).view())
    assert len(html) < MOST_CHARACTERS * 1.2
    assert "all but the suspicious functions of m" in html
    assert "the source of m13.py" in html
    assert set(re.findall(r'href="#([^"]*)"', html)) <= set(re.findall(r' id="([^"]*)"', html))


def test_of_a_file_that_is_too_long_the_suspicious_function_is_shown_all_the_same() -> None:
    text = "x = 1\n" * 40_000 + SHOP
    html = as_html(Told(files={"shop.py": text}, locations=(replace(LINE, line=40_005, end_line=40_005),)).view())
    assert 'id="shop.py-L40005"' in html
    assert 'id="shop.py-L40000"' not in html
    assert "lines 1 to 40003 left out" in html


@pytest.mark.parametrize("count", [20, 21, 5000])
def test_causes_beyond_the_first_twenty_are_counted(count: int) -> None:
    diagnosis = Told().view().diagnosis
    clusters = diagnosis.clusters * count
    html = as_html(replace(Told().view(), diagnosis=replace(diagnosis, clusters=clusters)))
    assert html.count("2 failing test cases by one cause") == 20
    assert ("more cause" in html) is (count > 20)
