import DaprHTTP
import DaprOperatingSystem

extension HeadFault {
    /// The whole answer, for a connection on which libmicrohttpd has none to send.
    var wholeText: [UInt8] {
        let body = Array(text.utf8)
        let seconds = Int(WallClock.milliseconds / 1000)
        return ResponseHeadText.bytes(response, length: body.count, closes: true, seconds: seconds) + body
    }
}
