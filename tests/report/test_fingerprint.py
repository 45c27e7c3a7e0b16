from __future__ import annotations

from commlint.report.fingerprint import line_hashes

TEXT = (
    'import requests\n\n\ndef fetch(ids):\n\treturn [requests.get(f"https://users/{i}") for i in ids]\n'
    '    \ndef größe():  # \U0001d6fc\r\n    return "大"\r\n\rx = 1\rx = 1\n'
    'y = "' + "z" * 120 + '"\n' + "same()\n" * 40 + "end"
)

# Made by `Sarif.Multitool rewrite --insert RollingHashPartialFingerprints` (npm, 5.7.0) of a file with that text.
BEFORE_THE_SAME = [
    "1531da388ef1ffb:1",
    "1955282b3f85dd45:1",
    "b12ea83a2f386907:1",
    "a39e2a62d4069bd6:1",
    "69a07fdeedbedd6f:1",
    "46e5942098100f28:1",
    "470e42affb319ed8:1",
    "a505ee8eaee8850f:1",
    "692973ef2a4642ee:1",
    "3add9b8b1d071a76:1",
    "633ae6d4644d4ac2:1",
    "3c614cf725de24e:1",
]
SAME = [f"5818ce8cb719295a:{number}" for number in range(1, 27)]
NEAR_THE_END = [
    "5818ce8cb7192761:1",
    "5818a70dbd13063f:1",
    "ebc56c8c371509d6:1",
    "f176f3a61726f381:1",
    "fd8c3f961ef35030:1",
    "d302fb7831e47813:1",
    "6b17022213a0559a:1",
    "18ccf243eb7c8075:1",
    "baf57ffadd929c94:1",
    "d9056a5fc22c2d27:1",
    "d9ec389f0f434b9e:1",
    "cc26c78ee466f2a9:1",
    "8680e13a88f1cd38:1",
    "484b396306e5b97b:1",
    "43b6461eda086fe2:1",
]


def test_hashes_are_those_of_another_implementation() -> None:
    assert line_hashes(TEXT) == BEFORE_THE_SAME + SAME + NEAR_THE_END


def test_blanks_and_kinds_of_line_end_do_not_matter() -> None:
    assert line_hashes("def f( x ):\r\n\treturn x\r\n") == line_hashes("def f(x):\n    return x\n")
