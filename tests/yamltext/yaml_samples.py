"""What kubectl makes of YAML where versions 1.1 and 1.2 differ. test_manifests.py checks it against our reader and against
kubectl itself, so that neither the table nor the reader can be wrong alone."""

READ: dict[str, object] = {
    # booleans of YAML 1.1, keys too
    "a: [yes, Yes, YES, on, On, ON, y, Y, true, True, TRUE]": {"a": [True] * 11},
    "a: [no, No, NO, off, Off, OFF, n, N, false, False, FALSE]": {"a": [False] * 11},
    "a: [yEs, oN, tRUE, yess, 'yes', \"on\"]": {"a": ["yEs", "oN", "tRUE", "yess", "yes", "on"]},
    "a: yes # comment": {"a": True},
    "a: {b: no, c: off}": {"a": {"b": False, "c": False}},
    'b: {"a":yes}': {"b": {"a": True}},
    "a:\n  yes": {"a": True},
    "a:\n- on\n-   off": {"a": [True, False]},
    "on: 1": {"true": 1},
    "y: 1": {"true": 1},
    "a: {n: x}": {"a": {"false": "x"}},
    "true: 1": {"true": 1},
    "a: |\n  yes\n  no\n": {"a": "yes\nno\n"},
    "a: yes\n  or no": {"a": "yes or no"},
    # null
    "a: [~, null, Null, NULL, nUll, '']": {"a": [None, None, None, None, "nUll", ""]},
    "a:\nb: ~x": {"a": None, "b": "~x"},
    # integers: octal as in C, underscores, binary, signs
    "a: [0777, -0777, 0o17, 0O17, 0x1F, 0X1f, 0b101, 0B1, -0b11, +0x10]": {
        "a": [511, -511, 15, 15, 31, 31, 5, 1, -3, 16]
    },
    "a: [1_000, 1_, 1__0, 0_7, 0x_1, +12, -0, 00, 08, 012]": {"a": [1000, 1, 10, 7, 1, 12, 0, 0, 8, 10]},
    "a: [0o8, 0b, 0x, 0b2, 0xg, _1, 1,000]": {"a": ["0o8", "0b", "0x", "0b2", "0xg", "_1", 1, 0]},
    "a: [9223372036854775807, -9223372036854775808]": {"a": [9223372036854775807, -9223372036854775808]},
    "a: [9223372036854775808, 12345678901234567890, 123456789012345678901234]": {
        "a": [9223372036854775808.0, 12345678901234567890.0, 123456789012345678901234.0]
    },
    "a: [0xFFFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFFF]": {"a": [18446744073709551615.0, "0xFFFFFFFFFFFFFFFFF"]},
    # floats: whole ones become integers on their way through JSON
    "a: [1.0, 1., 1e3, 12e3, 1E5, 1e_3, 1.e3, -0.0, 1_0e2]": {"a": [1, 1, 1000, 12000, 100000, 1000, 1000, 0, 1000]},
    "a: [0.5, .5, -.5, +.5, .5_0, 1_0.5, 1e-3, 6.02e23, 1e100]": {
        "a": [0.5, 0.5, -0.5, 0.5, 0.5, 10.5, 0.001, 6.02e23, 1e100]
    },
    "a: [1e400, 1e400x, ._5, 0x1p4, nan, Infinity, .Nan, inf]": {
        "a": ["1e400", "1e400x", "._5", "0x1p4", "nan", "Infinity", ".Nan", "inf"]
    },
    # neither base 60 nor dates
    "a: [1:30, 190:20:30, 12:30:45, 1.2.3, 0.0.0.0]": {"a": ["1:30", "190:20:30", "12:30:45", "1.2.3", "0.0.0.0"]},
    "a: [2001-01-01, 2001-12-14t21:59:43.10-05:00, 2001-12-14 21:59:43]": {
        "a": ["2001-01-01", "2001-12-14t21:59:43.10-05:00", "2001-12-14 21:59:43"]
    },
    # keys become text
    "1: a": {"1": "a"},
    "8080: a": {"8080": "a"},
    "1.5: a": {"1.5": "a"},
    "1.5e3: a": {"1500": "a"},
    "1e30: a": {"1e+30": "a"},
    "0.1: a": {"0.1": "a"},
    "0x10: a": {"16": "a"},
    "? 0x10\n: c": {"16": "c"},
    "-.inf: a": {"-.inf": "a"},
    "a: {1: x, 2: z}": {"a": {"1": "x", "2": "z"}},
    # tags
    "a: !!str 123": {"a": "123"},
    "a: !!str yes": {"a": "yes"},
    "a: ! yes": {"a": "yes"},
    "a: !x 1": {"a": "1"},
    "a: !!int '3'": {"a": 3},
    "a: !!float 3": {"a": 3},
    "a: !!bool yes": {"a": True},
    "a: !!null ''": {"a": None},
    "a: !!binary aGVsbG8=": {"a": "hello"},
    "a: !!timestamp 2001-01-01": {"a": "2001-01-01"},
    "a: !!set {x}": {"a": {"x": None}},
    "a: !!omap [x: 1]": {"a": [{"x": 1}]},
    "a: !<tag:yaml.org,2002:int> '7'": {"a": 7},
    "a: =": {"a": "="},
    # aliases and merge keys: in order, so that a merge replaces what stands before it
    "a: &a b\nc: *a": {"a": "b", "c": "b"},
    "a: &a {x: 1, z: 2}\nb: {<<: *a, z: 3}": {"a": {"x": 1, "z": 2}, "b": {"x": 1, "z": 3}},
    "a: &a {z: 2}\nb: {z: 3, <<: *a}": {"a": {"z": 2}, "b": {"z": 2}},
    "a: &a {z: 2}\nb: &b {z: 4, w: 1}\nc: {<<: [*a, *b]}": {
        "a": {"z": 2},
        "b": {"z": 4, "w": 1},
        "c": {"z": 2, "w": 1},
    },
    "'<<': {q: 1}": {"<<": {"q": 1}},
    "a: <<": {"a": "<<"},
    # syntax
    "a: \t1": {"a": 1},
    "a:\t1": {"a": 1},
    "a: b#c": {"a": "b#c"},
    "a: [a b, c:d, e: f]": {"a": ["a b", "c:d", {"e": "f"}]},
    "a: {b:c}": {"a": {"b:c": None}},
    "a: {b: c, d}": {"a": {"b": "c", "d": None}},
    "a: ['b':1]": {"a": [{"b": 1}]},
    "a: [x,]": {"a": ["x"]},
    "a: [10.0.0.0/8, fd00::]": {"a": ["10.0.0.0/8", "fd00::"]},
    "a: [fd00::, x:, 'y:,']": {"a": ["fd00::", "x:", "y:,"]},
    "a: {b: fd00::, c: d}": {"a": {"b": "fd00::", "c": "d"}},
    "a: {b:}": {"a": {"b:": None}},
    "a: 1\na: 2": {"a": 2},
    "a: :x": {"a": ":x"},
    "a: >-\n  x\n  y\n\n  z": {"a": "x y\nz"},
    'a: "x\n  y"': {"a": "x y"},
    "a: 'a\n\n  b'": {"a": "a\nb"},
    "a: [http://x, {b: http://x:80}]": {"a": ["http://x", {"b": "http://x:80"}]},
    "a: '\u2028x'": {"a": "\u2028x"},
    "a: \ufeffx": {"a": "\ufeffx"},
    "a: image:1.0": {"a": "image:1.0"},
    "a: foo-05": {"a": "foo-05"},
}
"""Snippet (fields of an object) and the fields that kubectl sends."""

REFUSED = (
    "a: [1",
    "a: 'x",
    "a: @x",
    "a: `x",
    "a: %x",
    "%x: 1",
    "a: - 1",
    "a: -",
    "a: ?",
    "a: :",
    "a: x:",
    "a: ::",
    "a: [,]",
    "a: [::]",
    "a: b\n c: d",
    "{x: 1}",
    "\ta: 1",
    "b:\n\t- 1",
    "a: \x07",
    "a: x\x85y",
    ": 1",
    "null: 1",
    "~: 1",
    "? [a]\n: b",
    "? {a: 1}\n: b",
    "a: {{ .Values.x }}",
    "{{ .Values.x }}: b",
    "a: .inf",
    "a: -.INF",
    "a: .nan",
    "a: !!int foo",
    "a: !!null x",
    "a: !!binary '@'",
    "a: *b",
    "a: &a [*a]",
    "a: &a-b.c d\ne: *a-b.c",
    "<<: 1",
    "a: |\n  x\n--- foo\n",
)
"""Snippets that kubectl refuses."""
