import Testing

@testable import DaprSidecarHTTP

/// Answers of an application that name no content type.
struct SniffedTypeTests {
    @Test(arguments: [
        (#"{"a":1}"#, "text/plain; charset=utf-8"), ("caf\u{E9}", "text/plain; charset=utf-8"),
        ("<!doctype html><p>x", "text/html; charset=utf-8"), ("\n\t <P>x", "text/html; charset=utf-8"),
        ("<pre>x", "text/plain; charset=utf-8"), ("<p", "text/plain; charset=utf-8"),
        ("<!-- x", "text/html; charset=utf-8"), ("<?xml version='1.0'?>", "text/xml; charset=utf-8"),
        ("%PDF-1.7", "application/pdf"), ("GIF89a...", "image/gif"), ("BM", "image/bmp"), ("ID3", "audio/mpeg"),
        ("RIFF....WEBPVP8 ", "image/webp"), ("RIFF....WAVEfmt ", "audio/wave"), ("RIFF", "text/plain; charset=utf-8"),
        ("\u{0}\u{1}\u{2}\u{3}", "application/octet-stream"), ("a\u{1B}[0m", "text/plain; charset=utf-8"),
        ("PK\u{3}\u{4}", "application/zip"), ("\u{FEFF}text", "text/plain; charset=utf-8"),
        ("\u{0}\u{0}\u{0}\u{10}ftypmp42", "application/octet-stream"),
        ("\u{0}\u{0}\u{0}\u{C}ftypmp42", "video/mp4"), ("\u{0}\u{0}\u{0}\u{4}ftypmp42", "application/octet-stream"),
    ])
    func `the type is found in the first bytes, as Go's server does it`(body: String, type: String) {
        #expect(SniffedType.of(Array(body.utf8)) == type)
    }

    @Test func `an empty body has no type, and bytes of any kind have one`() {
        #expect(SniffedType.of([]) == nil)
        #expect(SniffedType.of([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0x2E]) == "image/png")
        #expect(SniffedType.of([0xFF, 0xD8, 0xFF, 0xE0]) == "image/jpeg")
        #expect(SniffedType.of([0x1F, 0x8B, 0x08, 0x00]) == "application/x-gzip")
        for byte in UInt8.min...UInt8.max {
            #expect(SniffedType.of([byte]) != nil)
            #expect(SniffedType.of(Array(repeating: byte, count: 600)) != nil)
        }
        // Beyond the first 512 bytes nobody looks.
        #expect(SniffedType.of(Array(repeating: 0x61, count: 512) + [0]) == "text/plain; charset=utf-8")
        #expect(SniffedType.of(Array(repeating: 0x61, count: 511) + [0]) == "application/octet-stream")
    }
}
