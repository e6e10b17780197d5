import DaprText
import Testing

@testable import TaskFilter

struct FilterEvaluationTests {
    private let task = FilteredTask(
        statusIndex: 1,
        priorityIndex: 1,
        titleText: "Caf\u{E9} f\u{FC}r Anna",
        descriptionText: "Stra\u{DF}e 5",
        tagTexts: ["home", "\u{C5}land"],
        due: .none,
        createdMilliseconds: 1000,
        updatedMilliseconds: 2000,
        version: 3
    )

    @Test(
        arguments: [
            ("status = in_progress", true), ("status = done", false), ("status != done", true),
            ("status != in_progress", false),
            ("status in (todo, in_progress)", true), ("status in (todo, done)", false), ("completed", false),
            ("not completed", true),
            ("completed = false", true), ("completed != true", true), ("completed != false", false),
            ("priority = medium", true), ("priority != medium", false), ("priority < high", true),
            ("priority < medium", false),
            ("priority <= medium", true), ("priority > low", true), ("priority > medium", false),
            ("priority >= medium", true),
            ("priority >= high", false), ("priority in (low, medium)", true), ("priority in (low, high)", false),
            ("title = \"Caf\u{E9} f\u{FC}r Anna\"", true), ("title = \"Cafe\u{301} f\u{FC}r Anna\"", false),
            ("title = \"caf\u{E9} f\u{FC}r anna\"", false),
            ("title != x", true), ("title in (x, \"Caf\u{E9} f\u{FC}r Anna\")", true), ("title ~ \"FE FUR A\"", true),
            ("title ~ afe", true),
            ("title ~ \"e\u{301}\"", true), ("title ~ anne", false), ("description = \"Stra\u{DF}e 5\"", true),
            ("description ~ STRASSE", true),
            ("description ~ \"stra\u{1E9E}E\"", true), ("description = null", false), ("description != null", true),
            ("description != x", true), ("description in (x, y)", false),
            ("tag has home", true), ("tag = home", true), ("tag != home", false), ("tag has Home", false),
            ("tag has hom", false),
            ("tag has \"A\u{30A}land\"", false), ("tag has \u{C5}land", true), ("tag ~ aland", true),
            ("tag ~ hOM", true), ("tag ~ homea", false),
            ("tag in (work, home)", true), ("tag in (work, garden)", false), ("tag = null", false),
            ("tag != null", true),
            ("due = null", true), ("due != null", false), ("due < 2026-12-01", false), ("due >= 2026-12-01", false),
            ("due != 2026-12-01", true), ("not due < 2026-12-01", true), ("due in (today)", false),
            ("created_at < 1970-01-01T00:00:01.001Z", true), ("created_at = 1970-01-01T00:00:01Z", true),
            ("created_at < 1970-01-01T00:00:01Z", false),
            ("created_at <= 1970-01-01T00:00:01Z", true), ("created_at > 1970-01-01T00:00:01Z", false),
            ("created_at = 1970-01-01", true),
            ("updated_at > 1970-01-01T00:00:01Z", true), ("updated_at != 1970-01-01", false),
            ("updated_at in (1970-01-02, 1970-01-01)", true),
            ("version = 3", true), ("version != 3", false), ("version < 3", false), ("version <= 3", true),
            ("version > 3", false),
            ("version >= 3", true), ("version in (1, 3)", true), ("version < 0", false),
            ("version <= 9223372036854775807", true),
            ("version > 9223372036854775807", false),
            ("completed and completed or tag has home", true), ("completed and (completed or tag has home)", false),
            ("not completed and tag has home", true), ("not (completed or tag has home)", false),
            ("completed or not tag has home", false),
            ("tag has home and title ~ anna and version = 3", true),
            ("tag has home and title ~ anna and version = 4", false),
        ] as [(String, Bool)]
    )
    func `a filter asks for a task or does not`(filter: String, answer: Bool) throws {
        #expect(try matches(filter, task, try FilterContext("2026-12-01T00:00:00Z")) == answer)
    }

    @Test func `a task without tags or description has none`() throws {
        let context = try FilterContext("2026-12-01T00:00:00Z")
        for (filter, answer) in [
            ("tag = null", true), ("tag != null", false), ("tag has home", false), ("tag != home", true),
            ("tag ~ o", false),
            ("description = null", true), ("description = x", false), ("description != x", true),
            ("description ~ x", false),
        ] {
            #expect(try matches(filter, FilteredTask(), context) == answer, "\(filter)")
        }
    }
}
