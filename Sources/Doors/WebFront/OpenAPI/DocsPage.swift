import DaprHTTP
import DaprJSON

/// The page at `/docs`: the OpenAPI document for people, without scripts and without anything to load from elsewhere.
struct DocsPage: Sendable {
    let api: APIDescription
    /// The endpoints on the page.
    let endpoints: [Endpoint]

    /// Allows the page its own style, but no script and no frame.
    static let contentSecurityPolicy =
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"

    var html: String {
        var page = """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(escaped(api.service.title)) API</title>
            <style>\(Self.style)</style>
            </head>
            <body>
            <h1>\(escaped(api.service.title)) API</h1>
            <p>The same for programs: <a href="/openapi.json">/openapi.json</a> (OpenAPI 3.1).</p>

            """
        for tag in endpoints.tags {
            let rows = endpoints.filter { $0.operation.tag == tag }
            page += "<h2>\(escaped(tag.name))</h2>\n<p>\(escaped(tag.description))</p>\n"
            for row in rows { page += section(row) }
        }
        page += errorSection
        page += "<h2>schemas</h2>\n"
        for (name, schema) in api.schemas {
            page += "<details id=\"schema-\(escaped(name))\"><summary>\(escaped(name))</summary>"
            page += "<pre>\(escaped(IndentedJSON.text(of: schema)))</pre></details>\n"
        }
        return page + "</body>\n</html>\n"
    }

    private func section(_ endpoint: Endpoint) -> String {
        let operation = endpoint.operation
        var text =
            "<details><summary><b>\(escaped(endpoint.method.rawValue))</b> <code>\(escaped(endpoint.path))</code> "
        text += "\(escaped(operation.summary))</summary>\n"
        if !operation.description.isEmpty { text += "<p>\(escaped(operation.description))</p>\n" }
        if !operation.parameters.isEmpty {
            text += "<table><tr><th>parameter</th><th>in</th><th></th></tr>\n"
            for parameter in operation.parameters {
                text += "<tr><td><code>\(escaped(parameter.name))</code></td><td>\(parameter.place.rawValue)</td>"
                text += "<td>\(escaped(parameter.description))</td></tr>\n"
            }
            text += "</table>\n"
        }
        if let schema = operation.bodySchema {
            let types = operation.body.documentedTypes.joined(separator: " or ")
            text += "<p>Body: \(escaped(types)), <a href=\"#schema-\(escaped(schema))\">\(escaped(schema))</a></p>\n"
        }
        text += "<table><tr><th>status</th><th></th></tr>\n"
        for success in operation.successes {
            text += "<tr><td>\(success.status.code)</td><td>\(escaped(success.description))</td></tr>\n"
        }
        for refusal in operation.refusals {
            text += "<tr><td>\(refusal.status.code)</td><td>\(escaped(refusal.description))</td></tr>\n"
        }
        return text + "</table></details>\n"
    }

    func escaped(_ text: String) -> String {
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

    private static let style = """
        body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}
        summary{cursor:pointer;padding:.4rem 0}details{border-bottom:1px solid #ddd}b{display:inline-block;width:4.5rem}
        table{border-collapse:collapse;margin:.5rem 0}td,th{text-align:left;padding:.2rem .8rem .2rem 0;vertical-align:top}
        pre{background:#f5f5f5;padding:1rem;overflow:auto}
        @media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}details{border-color:#444}pre{background:#242424}a{color:#8bf}}
        """
}

/// JSON for people, indented by two spaces.
private enum IndentedJSON {
    static func text(of value: JSONValue, indentation: String = "") -> String {
        let inner = indentation + "  "
        if let object = value.objectValue, !object.isEmpty {
            let members = object.map { member in
                "\(inner)\(plain(.string(member.key))): \(text(of: member.value, indentation: inner))"
            }
            return "{\n" + members.sorted().joined(separator: ",\n") + "\n\(indentation)}"
        }
        if let array = value.arrayValue, array.contains(where: { $0.objectValue != nil }) {
            let elements = array.map { inner + text(of: $0, indentation: inner) }
            return "[\n" + elements.joined(separator: ",\n") + "\n\(indentation)]"
        }
        return plain(value)
    }

    private static func plain(_ value: JSONValue) -> String { String(decoding: value.serialized(), as: UTF8.self) }
}
