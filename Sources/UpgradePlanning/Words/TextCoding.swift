/// Decodes a value that is written as one string, with an error that names the text and the shape it should have had.
func decodeText<Value>(from decoder: any Decoder, as shape: String, _ parse: (String) -> Value?) throws -> Value {
    let text = try decoder.singleValueContainer().decode(String.self)
    guard let value = parse(text) else {
        throw DecodingError.dataCorrupted(
            .init(codingPath: decoder.codingPath, debugDescription: "\"\(text)\" is not \(shape)"))
    }
    return value
}

func encodeText(_ text: String, to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
}
