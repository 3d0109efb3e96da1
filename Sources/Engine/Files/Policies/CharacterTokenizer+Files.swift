/// The tokenizer files of the tokenizers and transformers libraries.
extension CharacterTokenizer {
  /// What token 0 is called there; Qwen's own name for the end of a text.
  private static let endName = "<|endoftext|>"

  /// Vocabulary, configuration and generation settings.
  public var files: [(name: String, content: JSON)] {
    [
      (SavedPolicy.vocabulary, vocabularyFile), (SavedPolicy.tokenizer, CharacterTokenizer.configurationFile),
      (SavedPolicy.generation, CharacterTokenizer.generationFile),
    ]
  }

  /// The name of the field that `state` is.
  static let stateName = "characters"

  /// `characters`, one text each.
  public var state: JSON.Field {
    JSON.Field(name: CharacterTokenizer.stateName, value: .array(symbols.map { .string($0) }))
  }

  /// The tokenizer whose `state` has these texts; nil where they are no single characters in the order of their code
  /// points.
  init?(state texts: [String]) {
    self.init(charactersOf: texts)
    guard symbols == texts else { return nil }
  }

  /// `tokenizer.json`: each character, in the sense of Unicode's extended grapheme clusters, is a word.
  ///
  /// As in `encode`, a character that is not in the vocabulary is an error.
  private var vocabularyFile: JSON {
    let words =
      [JSON.Field(name: CharacterTokenizer.endName, value: 0)]
      + characters.enumerated().map { JSON.Field(name: String($1), value: JSON($0 + 1)) }
    return [
      "version": "1.0", "truncation": .null, "padding": .null,
      "added_tokens": [
        [
          "id": 0, "content": .string(CharacterTokenizer.endName), "single_word": false, "lstrip": false,
          "rstrip": false, "normalized": false, "special": true,
        ]
      ],
      "normalizer": .null,
      "pre_tokenizer": [
        "type": "Split", "pattern": ["Regex": "\\X"], "behavior": "Isolated", "invert": false,
      ],
      "post_processor": .null, "decoder": ["type": "Fuse"],
      "model": ["type": "WordLevel", "vocab": .object(words), "unk_token": "<|unknown|>"],
    ]
  }

  /// `tokenizer_config.json`.
  private static let configurationFile: JSON = [
    "tokenizer_class": "PreTrainedTokenizerFast", "eos_token": .string(endName),
    "pad_token": .string(endName),
    "clean_up_tokenization_spaces": false, "model_max_length": 32768,
  ]

  /// `generation_config.json`: the whole distribution at temperature 1 until the end token, as in a rollout.
  private static let generationFile: JSON = [
    "do_sample": true, "temperature": 1, "top_k": 0, "top_p": 1, "eos_token_id": 0, "pad_token_id": 0,
  ]
}
