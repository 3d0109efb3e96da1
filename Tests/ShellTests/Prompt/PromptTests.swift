import Testing

/// The shell as its user meets it.
///
/// One test at a time: some measure how fast the prompt is back.
@Suite(.serialized) struct PromptTests {}
