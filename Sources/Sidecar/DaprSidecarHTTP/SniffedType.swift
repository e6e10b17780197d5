/// The type of a body by its first bytes, which Go's server finds for an answer without a type
/// (https://mimesniff.spec.whatwg.org, https://pkg.go.dev/net/http#DetectContentType).
enum SniffedType {
    /// How many bytes are inspected.
    private static let limit = 512

    /// The type of any body; `nil` for an empty one.
    static func of(_ body: [UInt8]) -> String? {
        if body.isEmpty { return nil }
        let head = body.prefix(limit)
        let text = head.drop { blanks.contains($0) }
        for (tag, type) in tags where isTag(tag, text) { return type }
        if text.starts(with: "<?xml".utf8) { return "text/xml; charset=utf-8" }
        for (start, type) in starts where head.starts(with: start) { return type }
        for form in forms where isForm(form, head) { return form.type }
        if isMP4(head) { return "video/mp4" }
        return head.contains(where: isBinary) ? "application/octet-stream" : "text/plain; charset=utf-8"
    }

    private static let blanks: [UInt8] = [0x09, 0x0A, 0x0C, 0x0D, 0x20]

    /// Beginnings of HTML, in either case, followed by a blank or `>`.
    private static let tags: [(String, String)] = [
        "<!DOCTYPE HTML", "<HTML", "<HEAD", "<SCRIPT", "<IFRAME", "<H1", "<DIV", "<FONT", "<TABLE", "<A", "<STYLE",
        "<TITLE", "<B", "<BODY", "<BR", "<P", "<!--",
    ].map { ($0, "text/html; charset=utf-8") }

    private static func isTag(_ tag: String, _ text: ArraySlice<UInt8>) -> Bool {
        let count = tag.utf8.count
        guard text.count > count else { return false }
        let isSame = zip(text, tag.utf8).allSatisfy { byte, letter in
            byte == letter || ((0x41...0x5A).contains(letter) && byte & 0xDF == letter)
        }
        let end = text[text.startIndex + count]
        return isSame && (end == 0x20 || end == UInt8(ascii: ">"))
    }

    private static let starts: [([UInt8], String)] = [
        (Array("%PDF-".utf8), "application/pdf"), (Array("%!PS-Adobe-".utf8), "application/postscript"),
        ([0xFE, 0xFF], "text/plain; charset=utf-16be"), ([0xFF, 0xFE], "text/plain; charset=utf-16le"),
        ([0xEF, 0xBB, 0xBF], "text/plain; charset=utf-8"),
        ([0, 0, 1, 0], "image/x-icon"), ([0, 0, 2, 0], "image/x-icon"), (Array("BM".utf8), "image/bmp"),
        (Array("GIF87a".utf8), "image/gif"), (Array("GIF89a".utf8), "image/gif"),
        ([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], "image/png"), ([0xFF, 0xD8, 0xFF], "image/jpeg"),
        (Array("ID3".utf8), "audio/mpeg"), (Array("OggS".utf8) + [0], "application/ogg"),
        (Array("MThd".utf8) + [0, 0, 0, 6], "audio/midi"), ([0x1A, 0x45, 0xDF, 0xA3], "video/webm"),
        ([0, 1, 0, 0], "font/ttf"), (Array("OTTO".utf8), "font/otf"), (Array("ttcf".utf8), "font/collection"),
        (Array("wOFF".utf8), "font/woff"), (Array("wOF2".utf8), "font/woff2"), ([0x1F, 0x8B, 8], "application/x-gzip"),
        (Array("PK".utf8) + [3, 4], "application/zip"),
        (Array("Rar!".utf8) + [0x1A, 7, 0], "application/x-rar-compressed"),
        (Array("Rar!".utf8) + [0x1A, 7, 1, 0], "application/x-rar-compressed"),
        ([0, 0x61, 0x73, 0x6D], "application/wasm"),
    ]

    /// A type whose bodies have one word at their start and another at a fixed offset.
    private struct Form {
        let start: String
        let word: String
        let place: Int
        let type: String
    }

    private static let forms = [
        Form(start: "RIFF", word: "WEBPVP", place: 8, type: "image/webp"),
        Form(start: "FORM", word: "AIFF", place: 8, type: "audio/aiff"),
        Form(start: "RIFF", word: "AVI ", place: 8, type: "video/avi"),
        Form(start: "RIFF", word: "WAVE", place: 8, type: "audio/wave"),
        Form(start: "", word: "LP", place: 34, type: "application/vnd.ms-fontobject"),
    ]

    private static func isForm(_ form: Form, _ head: ArraySlice<UInt8>) -> Bool {
        head.starts(with: form.start.utf8) && head.dropFirst(form.place).starts(with: form.word.utf8)
    }

    /// Whether the body begins with an `ftyp` box of the stated length that names a brand beginning with `mp4`.
    private static func isMP4(_ head: ArraySlice<UInt8>) -> Bool {
        let bytes = Array(head)
        guard bytes.count >= 12 else { return false }
        let size = bytes[..<4].reduce(0) { $0 << 8 | Int($1) }
        guard size <= bytes.count, size.isMultiple(of: 4), bytes[4..<8].elementsEqual("ftyp".utf8) else { return false }
        return stride(from: 8, to: size, by: 4).contains { place in
            // The version after the first brand is not a brand.
            place != 12 && bytes[place..<(place + 3)].elementsEqual("mp4".utf8)
        }
    }

    private static func isBinary(_ byte: UInt8) -> Bool {
        byte <= 8 || byte == 0x0B || (0x0E...0x1A).contains(byte) || (0x1C...0x1F).contains(byte)
    }
}
