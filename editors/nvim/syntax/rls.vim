" Colours of rls programs.
if exists("b:current_syntax") | finish | endif

syntax keyword rlsConditional if else
syntax keyword rlsRepeat for while break continue sweep
syntax keyword rlsStatement return expect
syntax keyword rlsException try catch
syntax keyword rlsInclude include import
syntax keyword rlsFunction fn
syntax keyword rlsOperator and or not in
syntax keyword rlsConstant true false none

syntax match rlsNumber "\<\d[0-9_]*\(\.\d[0-9_]*\)\?\([eE][-+]\?\d\+\)\?\>"
syntax match rlsLabel "\<\h\w*\ze\s*:"
syntax match rlsField "\.\@1<!\.\h\w*"
syntax match rlsComment "#.*$" contains=@Spell
syntax match rlsEscape "\\[ntre0\\\"]\|\\u{\x\{1,6}}" contained
syntax region rlsCode matchgroup=rlsEscape start="\\(" end=")" contained contains=TOP,rlsParentheses
syntax region rlsParentheses start="(" end=")" contained contains=TOP,rlsParentheses
syntax region rlsText start=+"+ end=+"\|$+ contains=rlsEscape,rlsCode
syntax region rlsText start=+"""+ end=+"""+ contains=rlsEscape,rlsCode

highlight default link rlsConditional Conditional
highlight default link rlsRepeat Repeat
highlight default link rlsStatement Statement
highlight default link rlsException Exception
highlight default link rlsInclude Include
highlight default link rlsFunction Keyword
highlight default link rlsOperator Operator
highlight default link rlsConstant Constant
highlight default link rlsNumber Number
highlight default link rlsLabel Identifier
highlight default link rlsComment Comment
highlight default link rlsEscape SpecialChar
highlight default link rlsText String

let b:current_syntax = "rls"
