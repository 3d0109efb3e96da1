// The grammar of docs/language.md, section 14. What depends on line ends and on commands is in src/scanner.c.

const PREC = {
    lambda: 1, pipe: 2, or: 3, and: 4, not: 5, comparison: 6, otherwise: 7, range: 8, sum: 9, product: 10, sign: 11,
    power: 12, postfix: 13,
};

const WORDS = [
    "and", "break", "catch", "continue", "else", "expect", "false", "fn", "for", "if", "import", "in", "include",
    "none", "not", "or", "return", "sweep", "true", "try", "while",
];

const separated = (rule) => seq(rule, repeat(seq(",", rule)));
const items = (rule) => optional(seq(separated(rule), optional(",")));

module.exports = grammar({
    name: "rls",

    extras: ($) => [/\s/, $.comment],
    externals: ($) => [$._newline, $._command_name, $._digits_and_point, $._in_error],
    word: ($) => $.identifier,
    supertypes: ($) => [$._statement, $._expression],
    conflicts: ($) => [[$._expression, $.parameter], [$.block, $.record], [$._end, $.record]],

    rules: {
        program: ($) => optional($._statements),

        _end: ($) => choice($._newline, ";"),
        _statements: ($) =>
            choice(
                repeat1($._end),
                seq(repeat($._end), $._statement, repeat(seq(repeat1($._end), $._statement)), repeat($._end))),
        block: ($) => seq("{", optional($._statements), "}"),

        _statement: ($) =>
            choice(
                $.function_definition, $.assignment, $.for_statement, $.while_statement, $.break_statement,
                $.continue_statement, $.return_statement, $.expect_statement, $.include_statement,
                $.import_statement, $.command, $._expression),

        assignment: ($) =>
            choice(
                seq(field("target", separated($._expression)), "=", field("value", $._expression)),
                seq(
                    field("target", $._expression), choice("+=", "-=", "*=", "/="), field("value", $._expression))),
        function_definition: ($) =>
            seq("fn", field("name", $.identifier), field("parameters", $.parameters), $._body),
        _body: ($) => choice(seq(choice("=", "=>"), field("body", $._expression)), field("body", $.block)),
        parameters: ($) => seq("(", items($.parameter), ")"),
        parameter: ($) =>
            seq(field("name", $.identifier), optional(choice("...", seq("=", field("default", $._expression))))),
        for_statement: ($) =>
            seq("for", separated($._names), "in", field("items", $._expression), field("body", $.block)),
        _names: ($) => choice($.identifier, $.name_list),
        name_list: ($) => seq("[", items($._names), "]"),
        while_statement: ($) => seq("while", field("condition", $._expression), field("body", $.block)),
        break_statement: (_) => "break",
        continue_statement: (_) => "continue",
        return_statement: ($) => seq("return", optional($._expression)),
        expect_statement: ($) => seq("expect", $._expression, optional(seq(",", $._expression))),
        include_statement: ($) => seq("include", field("path", $.string)),
        import_statement: ($) => seq("import", field("path", $.string), "as", field("name", $.identifier)),
        command: ($) =>
            seq(field("name", alias($._command_name, $.identifier)), optional(separated($._argument))),

        _expression: ($) =>
            choice(
                $.pipe, $.lambda, $.binary_expression, $.unary_expression, $.range, $.call, $.index,
                $.field_expression, $.parenthesized_expression, $.list, $.record, $.if_expression,
                $.try_expression, $.sweep_expression, $.function_expression, $.number, $.string, $.true, $.false,
                $.none, $.identifier),

        pipe: ($) => prec.left(PREC.pipe, seq($._expression, "|", $._expression)),
        lambda: ($) =>
            prec.right(
                PREC.lambda,
                seq(
                    field("parameters", choice(alias($.identifier, $.parameter), $.parameters)), "=>",
                    field("body", choice($._expression, $.block)))),
        binary_expression: ($) =>
            choice(
                ...[
                    ["or", PREC.or], ["and", PREC.and], ["==", PREC.comparison], ["!=", PREC.comparison],
                    ["<", PREC.comparison], ["<=", PREC.comparison], [">", PREC.comparison],
                    [">=", PREC.comparison], ["in", PREC.comparison], ["+", PREC.sum], ["-", PREC.sum],
                    ["*", PREC.product], ["/", PREC.product], ["%", PREC.product], ["@", PREC.product],
                ].map(([sign, level]) =>
                    prec.left(
                        level,
                        seq(
                            field("left", $._expression), field("operator", sign), field("right", $._expression)))),
                ...[["??", PREC.otherwise], ["^", PREC.power]].map(([sign, level]) =>
                    prec.right(
                        level,
                        seq(
                            field("left", $._expression), field("operator", sign),
                            field("right", $._expression))))),
        unary_expression: ($) =>
            choice(
                prec(PREC.not, seq("not", $._expression)),
                prec(PREC.sign, seq(choice("-", "+"), $._expression))),
        range: ($) =>
            prec.left(PREC.range, seq(field("low", $._expression), choice("..", "..<"), field("high", $._expression))),
        open_range: ($) =>
            prec.left(
                PREC.range,
                choice(
                    seq(field("low", $._expression), ".."),
                    seq(choice("..", "..<"), field("high", $._expression)))),

        call: ($) =>
            prec(PREC.postfix, seq(field("function", $._expression), field("arguments", $.arguments))),
        arguments: ($) => seq("(", items($._argument), ")"),
        _argument: ($) => choice($.named_argument, $.spread, $._expression),
        named_argument: ($) => seq(field("name", $._label), ":", field("value", $._expression)),
        spread: ($) => seq($._expression, "..."),
        index: ($) =>
            prec(
                PREC.postfix,
                seq(field("value", $._expression), "[", items(choice($._expression, $.open_range)), "]")),
        field_expression: ($) =>
            prec(PREC.postfix, seq(field("value", $._expression), ".", field("name", $._label))),
        _label: ($) => alias(choice($.identifier, ...WORDS), $.field),

        parenthesized_expression: ($) => seq("(", $._expression, ")"),
        list: ($) => seq("[", items($._expression), "]"),
        record: ($) => prec.dynamic(1, seq("{", repeat($._newline), items($.pair), "}")),
        pair: ($) => seq(field("name", choice($._label, $.string)), ":", field("value", $._expression)),

        if_expression: ($) =>
            prec.right(
                seq(
                    "if", field("condition", $._expression), field("then", $.block),
                    optional(seq("else", field("else", choice($.block, $.if_expression)))))),
        try_expression: ($) =>
            seq(
                "try", field("body", $.block), "catch", optional(field("error", $.identifier)),
                field("handler", $.block)),
        sweep_expression: ($) =>
            seq(
                "sweep", separated($.axis), optional(seq(",", "store", ":", field("store", $._expression))),
                field("body", $.block)),
        axis: ($) => seq($._names, "in", field("values", $._expression)),
        function_expression: ($) => prec.right(PREC.lambda, seq("fn", field("parameters", $.parameters), $._body)),

        true: (_) => "true",
        false: (_) => "false",
        none: (_) => "none",
        number: ($) => choice($._digits, $._digits_and_point),
        _digits: (_) => /([0-9][0-9_]*(\.[0-9][0-9_]*)?|\.[0-9][0-9_]*)([eE][-+]?[0-9][0-9_]*)?/,
        identifier: (_) => /[A-Za-z_\u{80}-\u{10FFFF}][A-Za-z0-9_\u{80}-\u{10FFFF}]*/u,

        string: ($) =>
            choice(
                seq(
                    '"', repeat(choice(alias($._characters, $.string_content), $._piece)), token.immediate('"')),
                seq(
                    '"""', repeat(choice(alias($._lines, $.string_content), $._piece)),
                    token.immediate('"""'))),
        _characters: (_) => token.immediate(prec(1, /[^"\\\n]+/)),
        _lines: (_) => choice(token.immediate(prec(1, /[^"\\]+/)), token.immediate('"')),
        _piece: ($) => choice($.escape, $.interpolation),
        escape: (_) => token.immediate(prec(1, /\\([ntre0\\"]|u\{[0-9A-Fa-f]{1,6}\})/)),
        interpolation: ($) => seq(token.immediate(prec(1, "\\(")), separated($._argument), ")"),

        comment: (_) => token(/#[^\n]*/),
    },
});
