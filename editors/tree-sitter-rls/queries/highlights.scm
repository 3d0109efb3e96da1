(comment) @comment
(number) @number
(string ["\"" "\"\"\""] @string)
(string_content) @string
(escape) @string.escape
(interpolation ["\\(" ")"] @punctuation.special)
[(true) (false)] @boolean
(none) @constant.builtin

["if" "else"] @keyword.conditional
["for" "while" "sweep"] @keyword.repeat
[(break_statement) (continue_statement)] @keyword.repeat
"fn" @keyword.function
["return" "expect"] @keyword
["try" "catch"] @keyword.exception
["include" "import" "as"] @keyword.import
["and" "or" "not" "in"] @keyword.operator
["=" "+=" "-=" "*=" "/=" "==" "!=" "<" "<=" ">" ">=" ".." "..<" "..." "+" "-" "*" "/" "%" "@" "^" "??" "|" "=>"]
@operator
["(" ")" "[" "]" "{" "}"] @punctuation.bracket
["," ":" ";" "."] @punctuation.delimiter

(function_definition name: (identifier) @function)
(call function: (identifier) @function.call)
(pipe (identifier) @function.call .)
(command name: (identifier) @function.builtin)
(parameter (identifier) @variable.parameter)
(field_expression name: (field) @property)
(pair name: (field) @property)
(named_argument name: (field) @variable.parameter)
