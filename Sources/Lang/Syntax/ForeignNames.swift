/// What people who come from other languages write, and what it is called here.
enum ForeignNames {
  /// The hint for each name, for an error that says the name is unknown.
  static let hints = [
    "True": "write `true`", "False": "write `false`", "None": "write `none`", "null": "write `none`",
    "nil": "write `none`",
    "def": "write `fn f(x) = ...`", "function": "write `fn f(x) = ...`", "func": "write `fn f(x) = ...`",
    "fun": "write `fn f(x) = ...`", "lambda": "write `x => ...`",
    "let": "write `x = 1`", "var": "write `x = 1`", "const": "write `x = 1`",
    "elif": "write `else if`", "do": "write `{ ... }`", "foreach": "write `for x in xs { ... }`",
    "raise": "write `error \"what is wrong\"`", "throw": "write `error \"what is wrong\"`",
    "assert": "write `expect x == y`",
    "println": "write `print x`", "printf": "write `print x`", "echo": "write `print x`",
    "puts": "write `print x`",
    "quit": "write `exit()`, or press Ctrl-D",
    "contains": "write `x in xs`", "includes": "write `x in xs`",
    "length": "write `len(xs)`", "size": "write `len(xs)`", "extend": "write `concat(xs, ys)`",
    "arange": "write `range(n)`", "list": "write `[1, 2]`", "dict": "write `{name: 1}`",
    "str": "write `text(x)`", "tostring": "write `text(x)`", "int": "write `floor(x)`, or `number(text)`",
    "float": "write `number(text)`", "strip": "write `trim(text)`", "substr": "write `slice(text, from, to)`",
    "substring": "write `slice(text, from, to)`", "clamp": "write `clip(x, low, high)`",
    "mkdir": "write `make_folder(\"runs/a\")`",
    "torch": "tensors are part of the language: write `tensor([1, 2])`",
    "np": "tensors are part of the language: write `tensor([1, 2])`",
  ]
}
