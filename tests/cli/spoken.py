"""Error messages as one line of words: the frame and the line breaks of the terminal taken away."""

import re


def spoken(text: str) -> str:
    return " ".join(re.sub(r"[│╭╮╰╯─]", " ", text).split())
