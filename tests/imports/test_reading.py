"""Files from every program, and files that are none."""

from __future__ import annotations

import pytest

from crm import errors
from crm.imports.reading import MOST_BYTES, read_table

PERSIAN = "نام,شهر\nسارا نوری,تهران\nامید کریمی,شیراز\n"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_any_delimiter_is_found(delimiter: str) -> None:
    text = "name,city,note\nSara,Tehran,x\nOmid,Shiraz,y\n".replace(",", delimiter)
    table = read_table(text.encode())
    assert table.delimiter == delimiter
    assert table.headers == ("name", "city", "note")
    assert [cells for _line, cells in table.rows] == [
        ["Sara", "Tehran", "x"],
        ["Omid", "Shiraz", "y"],
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1256"])
def test_persian_is_read_in_every_encoding(encoding: str) -> None:
    written = PERSIAN if encoding != "cp1256" else PERSIAN.replace("ی", "ي").replace("ک", "ك")
    table = read_table(written.encode(encoding))
    assert table.headers == ("نام", "شهر")
    assert [cells[1] for _line, cells in table.rows] == (
        ["تهران", "شیراز"] if encoding != "cp1256" else ["تهران", "شيراز"]
    )


def test_western_letters_of_an_old_file_are_kept() -> None:
    table = read_table("name,city\nJosé,Málaga\nZoë,Genève\n".encode("cp1252"))
    assert [cells for _line, cells in table.rows] == [["José", "Málaga"], ["Zoë", "Genève"]]


def test_quotes_line_breaks_short_rows_and_empty_lines_are_read_as_meant() -> None:
    table = read_table(b'name,note\r\n"Nouri, Sara","two\r\nlines"\r\n\r\nOmid\r\n')
    assert table.rows == [(2, ["Nouri, Sara", "two\r\nlines"]), (5, ["Omid", ""])]


def test_a_row_too_long_stays_too_long_so_that_it_can_be_reported() -> None:
    table = read_table(b"name,city\nNouri, Sara,Tehran\nOmid,Shiraz,,\n")
    assert [len(cells) for _line, cells in table.rows] == [3, 2]


def test_two_headers_alike_and_one_empty_get_names_of_their_own() -> None:
    assert read_table(b"name,name,,x\na,b,c,d\n").headers == ("name", "name (2)", "Column 3", "x")


def test_what_programs_write_before_the_header_is_passed_over() -> None:
    assert read_table(b"sep=;\nname;city\na;b\n").headers == ("name", "city")
    assert read_table(b"Parameters:TimeZone=+0330,,\na,b,c\n1,2,3\n").headers == ("a", "b", "c")


def test_formulas_stay_text_and_a_guarded_cell_is_given_back() -> None:
    table = read_table(b"name,note\n=1+1,'=cmd|x\n'twas,+98912\n")
    assert [cells for _line, cells in table.rows] == [["=1+1", "=cmd|x"], ["'twas", "+98912"]]


def test_control_characters_are_left_out() -> None:
    assert read_table(b"name,city\nSa\x00ra,Teh\x07ran\n").rows == [(2, ["Sara", "Tehran"])]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \r\n ", "empty"),
        (b"name,city\n", "no row"),
        (b"PK\x03\x04 workbook", "Excel"),
        (bytes(range(256)) * 40, "not a text file"),
        (b"\x89PNG\r\n\x1a\n" + bytes(2000), "not a text file"),
        (b'name,note\nSara,x\n"Omid,y\nmore,z\nand more\n', "never closed"),
        (b"name,note\n" + b"x" * 1_000_000 + b",y\n", "too long"),
        (",".join(f"c{n}" for n in range(10_000)).encode() + b"\n1,2\n", "columns"),
        (b"x" * (MOST_BYTES + 1), "15 MB"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_file_that_cannot_be_read_is_refused_with_a_sentence(
    content: bytes, sentence: str
) -> None:
    with pytest.raises(errors.ValidationError, match=sentence):
        read_table(content)


def test_too_many_rows_are_refused() -> None:
    with pytest.raises(errors.ValidationError, match="200,000"):
        read_table(b"n,m\n" + b"1,2\n" * 200_001)
