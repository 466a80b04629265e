"""The register's form, line by line (issue lines 5 and 12). No database."""

import time

import pytest

from contracts.request import Refused
from services.membership.members.register import MOST_LINES, read
from tests.membership.door import REGISTER, ROOT


def slug(content: bytes) -> str:
    with pytest.raises(Refused) as caught:
        read(content)
    assert caught.value.problem.status == 422
    return caught.value.slug


def fault(line: str, header: str = "name,kind") -> str | None:
    """The slug for which a single line is refused."""
    (found,) = read(f"{header}\n{line}\n".encode())
    return found.fault.slug if found.fault else None


def test_the_real_register_is_read_with_or_without_byte_order_mark() -> None:
    for content in (REGISTER, b"\xef\xbb\xbf" + REGISTER, REGISTER.replace(b"\n", b"\r\n")):
        lines = read(content)
        assert [line.number for line in lines] == [2, 3, 4, 5, 6, 7]
        assert lines[5].name == "Stadt Bielefeld, Sozialdezernat"
        assert all(line.fault is None for line in lines)


def test_a_register_with_semicolons_as_german_spreadsheets_save_it_is_read() -> None:
    (found,) = read("\ufeffname;kind;address\r\nVerein, eingetragen;charity;Weg 1, 33602 Bielefeld\r\n".encode())
    assert (found.name, found.address, found.fault) == ("Verein, eingetragen", "Weg 1, 33602 Bielefeld", None)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (REGISTER.decode().encode("latin-1"), "register-not-utf-8"),
        (REGISTER.decode().encode("utf-16"), "register-not-utf-8"),
        (REGISTER + b"a\x00b,charity\n", "register-not-text"),
        (b"", "register-header"),
        (b"name\nA\n", "register-header"),
        (b"kind,address\nA,B\n", "register-header"),
        (b"name;kind,office\nA;B,yes\n", "register-header"),
        (b"Name,Kind\nA,B\n", "register-header"),
        (b"name,kind,name\nA,B,C\n", "register-header"),
        (b"name,kind,color\nA,B,C\n", "register-header"),
        (b"name,kind\n", "register-empty"),
        (b"name,kind\n\n,\n", "register-empty"),
        (b'name,kind\n"A,B\n', "register-not-csv"),
        (b'name,kind\n"A"x,B\n', "register-not-csv"),
        (b'name,kind\n"' + b"A" * 200_000 + b'",B\n', "register-not-csv"),
        (b"name,kind\n" + b"A,B\n" * 100_000, "register-too-long"),
        (b"name,kind\n" + b"A,B\r" * 100_000, "register-too-long"),
        (b"name,kind\n" + b"A" * 5_000_000, "register-too-large"),
    ],
)
def test_a_file_that_is_no_register_is_refused_as_a_whole(content: bytes, expected: str) -> None:
    assert slug(content) == expected


@pytest.mark.parametrize(
    "first", ["=", "+", "-", "@", "\t", " =", "\t=", "\u200b=", "\ufeff=", "\u200b =", "\uff1d", "\uff20"]
)
@pytest.mark.parametrize("cells", ["{}cmd(),charity", "Verein,{}1"])
def test_cells_that_begin_a_formula_are_refused(first: str, cells: str) -> None:
    assert fault(cells.format(first)) == "formula-cell"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("A", "wrong-column-count"),
        ("A,B,C", "wrong-column-count"),
        (",charity", "empty-name"),
        ("  ,charity", "empty-name"),
        ("Verein,", "empty-kind"),
        ("V" * 201 + ",charity", "name-too-long"),
        ("Verein," + "k" * 101, "kind-too-long"),
        ('"Ver\nein",charity', "control-character"),
        ("Ver\x1bein,charity", "control-character"),
        ("Ver\u202eein,charity", "control-character"),
        ('"\rVerein",charity', "formula-cell"),
        ("\u200b,charity", "empty-name"),
        ("\ufdfa" * 200 + ",charity", "name-too-long"),
    ],
)
def test_a_line_that_cannot_be_taken_says_why(line: str, expected: str) -> None:
    assert fault(line) == expected


def test_the_office_column_is_yes_no_or_empty() -> None:
    header = "name,kind,address,office"
    assert fault("A,B,,perhaps", header) == "office-unclear"
    assert [line.office for line in read(f"{header}\nA,B,,yes\nC,D,,no\nE,F,,\n".encode())] == [True, False, False]


def test_line_numbers_are_those_of_the_file() -> None:
    lines = read(b'name,kind\n\n"A\nB",charity\nC,charity\n')
    assert [line.number for line in lines] == [3, 5]


def test_reasons_do_not_repeat_what_stands_in_the_cells() -> None:
    (line,) = read(b"name,kind\n=SECRET,charity\n")
    assert "SECRET" not in str(line.fault)


def test_too_many_lines_are_refused_at_once_and_the_limit_is_said() -> None:
    began = time.monotonic()
    with pytest.raises(Refused) as caught:
        read(b"name,kind\n" + b"Verein fuer alles Moegliche,charity\n" * 1_000_000)
    assert time.monotonic() - began < 0.5
    assert str(MOST_LINES) in caught.value.problem.detail
    exactly = "".join(f"Verein {number},charity\n" for number in range(MOST_LINES))
    assert len(read(f"name,kind\n{exactly}".encode())) == MOST_LINES


def test_a_cell_that_is_far_too_long_is_called_that() -> None:
    with pytest.raises(Refused) as caught:
        read(b"name,kind\nA,B\n" + b"A" * 200_000 + b",charity\n")
    assert "Line 3 has a cell that is far too long" in caught.value.problem.detail


def test_the_copy_in_these_tests_is_the_register() -> None:
    """The file itself lies outside the repository."""
    original = ROOT.parent / "shared/data/bielefeld-members.csv"
    if not original.exists():
        pytest.skip("the original is not at hand")
    assert original.read_bytes() == REGISTER


def test_hard_spaces_from_a_spreadsheet_are_spaces() -> None:
    (line,) = read("name,kind\nCaritas\u00a0Bielefeld ,charity\n".encode())
    assert (line.name, line.fault) == ("Caritas Bielefeld", None)
