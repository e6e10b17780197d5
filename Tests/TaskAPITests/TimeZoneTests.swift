import DaprHTTP
import DaprJSON
import DoorSupport
import Tasks
import Testing

/// All-day tasks, and lists in the time zone of the request.
struct TimeZoneTests {
    private func titles(_ answer: Answer) -> [String] {
        (answer.json["items"]?.arrayValue ?? []).compactMap { $0["title"]?.stringValue }
    }

    @Test func `a day is answered as it was given, by every operation`() async throws {
        let api = try APIHarness()
        let created = try await api.send(.post, "/api/tasks", body: #"{"title":"x","due_date":"2026-12-01"}"#)
        #expect(created.json["due_date"] == "2026-12-01")
        let path = "/api/tasks/\(try #require(created.json["id"]?.stringValue))"
        #expect(try await api.send(.get, path).json["due_date"] == "2026-12-01")
        let patched = try await api.send(.patch, path, body: #"{"due_date":"2026-12-02T00:00:00+01:00"}"#)
        #expect(patched.json["due_date"] == "2026-12-01T23:00:00.000Z")
        let replaced = try await api.send(.put, path, body: #"{"title":"x","due_date":"2026-12-03"}"#)
        #expect(replaced.json["due_date"] == "2026-12-03")
        let changes = try await api.send(.get, "/api/changes?since=0")
        let after = changes.json["changes"]?.arrayValue?.last?["task"]?["due_date"]
        #expect(after == "2026-12-03")
    }

    @Test func `the zone of the query wins over that of the header, and both over UTC`() async throws {
        let api = try APIHarness()
        for due in ["2026-03-29T23:00:00Z", "2026-03-29"] {
            _ = try await api.send(.post, "/api/tasks", body: #"{"title":"\#(due)","due_date":"\#(due)"}"#)
        }
        let (early, day) = ("2026-03-29T23:00:00Z", "2026-03-29")
        let cases: [(query: String, header: String?, titles: [String])] = [
            ("", nil, [early, day]), ("", "UTC", [early, day]), ("", "Europe/Berlin", [day, early]),
            ("&tz=Europe/Berlin", nil, [day, early]), ("&tz=Europe%2FBerlin", "UTC", [day, early]),
            ("&tz=UTC", "Europe/Berlin", [early, day]), ("&tz=America/New_York", "Mars/Olympus", [early, day]),
        ]
        for (query, header, expected) in cases {
            let headers: HTTPHeaders = header.map { ["Time-Zone": $0] } ?? [:]
            let answer = try await api.send(.get, "/api/tasks?sort=due_date\(query)", headers: headers)
            #expect(answer.status == 200, "\(answer.text)")
            #expect(titles(answer) == expected, "\(query) \(header ?? "")")
        }
    }

    @Test(arguments: [
        "Mars/Olympus", "europe/berlin", "right/Europe/Berlin", "posix/Europe/Berlin", "../Europe/Berlin", "Europe",
        "Europe/Berlin/", "Europe//Berlin", "/Europe/Berlin", "+02:00", "CEST-02", "localtime", "leapseconds", "Zürich",
        "",
    ])
    func `a zone that is none is refused by its name`(zone: String) async throws {
        let api = try APIHarness()
        let escaped = zone.replacing("+", with: "%2B").replacing("ü", with: "%C3%BC")
        let answer = try await api.send(.get, "/api/tasks?tz=\(escaped)")
        #expect(answer.status == 422)
        #expect(answer.faults == ["tz": "NOT_ONE_OF"])
    }

    @Test func `a header that names no zone is refused, and two of them are`() async throws {
        let api = try APIHarness()
        let unknown = try await api.send(.get, "/api/tasks", headers: ["Time-Zone": "Mars/Olympus"])
        #expect(unknown.status == 422 && unknown.faults == ["Time-Zone": "NOT_ONE_OF"])
        var headers = HTTPHeaders()
        headers.add("Time-Zone", "UTC")
        headers.add("Time-Zone", "UTC")
        let two = try await api.send(.get, "/api/tasks", headers: headers)
        #expect(two.status == 400 && two.code == "INVALID_HEADER")
    }
}
