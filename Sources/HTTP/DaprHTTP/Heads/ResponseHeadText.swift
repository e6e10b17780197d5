import DaprCalendar
import DaprText

/// Writes the head of an answer as libmicrohttpd does.
package enum ResponseHeadText {
    /// The status line and the fields, each line ended by CR LF, with an empty line at the end.
    ///
    /// - Parameters:
    ///   - response: The answer.
    ///   - length: The length of the body in bytes; `nil` for a body that is sent in chunks.
    ///   - closes: Whether the connection ends with the answer.
    ///   - seconds: The time of the answer, in seconds since 1970.
    /// - Returns: The lines.
    package static func bytes(_ response: HTTPResponse, length: Int?, closes: Bool, seconds: Int) -> [UInt8] {
        let (code, reason) = (response.status.code, response.status.reasonPhrase)
        var lines = Array("HTTP/1.1 \(code) \(reason)\r\nDate: \(HTTPDate.text(seconds: seconds))\r\n".utf8)
        if closes { lines += "Connection: close\r\n".utf8 }
        for (name, value) in response.headers {
            lines += name.utf8
            lines += ": ".utf8
            lines += HeaderText.bytes(value)
            lines += "\r\n".utf8
        }
        if let length {
            if code != 204, code != 304 { lines += "Content-Length: \(length)\r\n".utf8 }
        } else {
            lines += "Transfer-Encoding: chunked\r\n".utf8
        }
        return lines + "\r\n".utf8
    }
}
