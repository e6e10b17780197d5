import DaprHTTP

extension DocsPage {
    /// The table of errors; each has the anchor to which the `type` of a problem leads.
    var errorSection: String {
        var text = "<h2>errors</h2>\n<table><tr><th>status</th><th>code</th><th></th></tr>\n"
        for code in api.errors.answers.map(\.code) {
            text +=
                "<tr id=\"\(escaped(code.anchor))\"><td>\(code.status.code)</td><td><code>\(escaped(code.name))</code></td>"
            text += "<td>\(escaped(code.meaning)). \(escaped(code.remedy))</td></tr>\n"
        }
        return text + "</table>\n"
    }
}
