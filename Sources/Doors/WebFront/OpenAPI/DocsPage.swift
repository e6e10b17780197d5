import DaprText
import OpenSSL

/// The page at `/docs`: shows the OpenAPI document to people, and sends requests for them.
///
/// It is one file with its style and script inside, so that nothing else has to be loaded but the document. Both are files of the folder `Page`; the
/// build puts their bytes into the program.
struct DocsPage: Sendable {
    let service: ServiceDescription

    private static let style = String(decoding: PackageResources.docs_css, as: UTF8.self)
    private static let script = String(decoding: PackageResources.docs_js, as: UTF8.self)

    /// Allows the page exactly its own style and script, requests to where it came from, and no text that becomes markup
    /// (https://www.w3.org/TR/CSP3/).
    static var contentSecurityPolicy: String {
        [
            "default-src 'none'", "script-src \(source(script))", "style-src \(source(style))", "connect-src 'self'",
            "img-src data:", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
            "require-trusted-types-for 'script'", "trusted-types 'none'",
        ].joined(separator: "; ")
    }

    /// What allows an inline `text` by its hash; nothing when OpenSSL cannot hash, and then no token can be verified
    /// either.
    private static func source(_ text: String) -> String {
        guard let digest = try? SHA256.digest(of: Array(text.utf8)) else { return "'none'" }
        return "'sha256-\(Base64.standard.encoded(digest))'"
    }

    var html: String {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(escaped(service.title)) API</title>
        <link rel="icon" href="data:,">
        <style>\(Self.style)</style>
        </head>
        <body>
        <a class="skip" href="#main">Skip to the operations</a>
        <header>
        <h1>\(escaped(service.title)) API</h1>
        <search><label>Search <input id="search" type="search" autocomplete="off" aria-keyshortcuts="/"></label></search>
        <label>Token <input id="token" type="password" autocomplete="off" spellcheck="false" title="Kept on this page until it is closed or loaded again, and nowhere else"></label>
        <label>Colours <select id="theme"><option value="">of the system</option><option value="light">light</option><option value="dark">dark</option></select></label>
        </header>
        <p id="status" class="unseen" role="status"></p>
        <div class="columns">
        <nav id="nav" aria-label="Operations"></nav>
        <main id="main" tabindex="-1">
        <p id="about"></p>
        <p>The same for programs: <a href="openapi.json">openapi.json</a> (OpenAPI 3.1).</p>
        <noscript><p>This page is built by a script, which this browser does not run.</p></noscript>
        </main>
        </div>
        <script>\(Self.script)</script>
        </body>
        </html>

        """
    }

    private func escaped(_ text: String) -> String {
        var output = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": output += "&amp;"
            case "<": output += "&lt;"
            case ">": output += "&gt;"
            case "\"": output += "&quot;"
            default: output.unicodeScalars.append(character)
            }
        }
        return output
    }
}
