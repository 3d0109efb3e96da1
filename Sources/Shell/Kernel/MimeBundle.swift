import Engine
import Lang

/// A value in the forms that a notebook can show, by their MIME types; a notebook takes the richest it knows.
enum MimeBundle {
  /// The text that the prompt shows; of a table, HTML as well.
  static func of(_ value: Value, _ layout: Layout) -> JSON {
    var forms = [JSON.Field(name: "text/plain", value: .string(Printing.display(value, layout)))]
    if case .object(let object) = value, let table = object as? Table {
      forms.append(JSON.Field(name: "text/html", value: .string(TablePrinting.html(table, layout))))
    }
    return .object(forms)
  }

  /// The figure that `save` writes, and in characters.
  static func of(_ picture: Picture, _ layout: Layout) -> JSON {
    [
      "image/svg+xml": .string(picture.svg),
      "text/plain": .string(picture.text(width: layout.width, unicode: true, colour: false)),
    ]
  }
}
