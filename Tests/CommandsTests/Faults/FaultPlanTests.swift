import Foundation
import Pipeline
import Sandbox
import Testing

@testable import Commands

@Suite struct FaultPlanTests {
    @Test func everythingAPlanCanSayIsRead() throws {
        let plan = try FaultPlanReader.plan(
            """
            seed: 7
            idempotency: honoured
            failed_jobs: refunded
            faults:
              - fault: refuse_connections
                endpoint: [job, my-jobs]
                requests: [2, 5]
                every: 3
                probability: 0.25
                job: gw-0123
                prompt: beach
                times: 2
                after: 10m
                for: 90s
                lasts: 500ms
              - { fault: stuck_job, endpoint: text-to-image, requests: 4 }
              - { fault: server_error, job: 3, endpoint: null }
            """, file: "faults.yaml")
        var first = FaultRule(.refuseConnections, requests: [2, 5], probability: 0.25)
        first.endpoints = [.job, .myJobs]
        first.every = 3
        first.job = .id("gw-0123")
        first.prompt = "beach"
        first.times = 2
        first.after = 600
        first.window = 90
        first.lasts = 0.5
        var third = FaultRule(.serverError)
        third.job = .number(3)
        #expect(plan.rules == [first, FaultRule(.stuckJob, at: .textToImage, requests: [4]), third])
        #expect(plan.seed == 7 && plan.honoursIdempotency && plan.refundsFailedJobs)
    }

    @Test func plansWrittenAsJSONAreRead() throws {
        let plan = try FaultPlanReader.plan(
            #"{"faults": [{"endpoint": "text-to-image", "fault": "close_after_accepting", "requests": [2, 5]}, {"fault": "server_error"}]}"#,
            file: "faults.json")
        #expect(plan.rules == [FaultRule(.closeAfterAccepting, at: .textToImage, requests: [2, 5]), FaultRule(.serverError)])
    }

    @Test(arguments: [
        ("", "1:1", "FB1017", "FB1017"), ("[]", "1:1", "FB2103", "the fault plan is a list, not a mapping"),
        ("{}", "1:1", "FB2102", "the fault plan lacks `faults`"), ("faults: {}", "1:9", "FB2103", "`faults` is a mapping, not a list"),
        ("fault: []", "1:1", "FB2101", "the fault plan has no key `fault`"),
        ("faults: [explode]", "1:10", "FB2103", "`faults` is text, not a mapping"),
        ("faults:\n  - { endpoint: usage }", "2:5", "FB2102", "`faults` lacks `fault`"),
        ("faults: [{ fault: explode }]", "1:19", "FB2105", "`fault` can't be `explode`"),
        ("faults: [{ fault: throttle, endpoint: 3 }]", "1:39", "FB2105", "`endpoint` can't be `3`"),
        ("faults: [{ fault: throttle, endpoint: [job, usag] }]", "1:45", "FB2105", "`endpoint` can't be `usag`"),
        ("faults: [{ fault: throttle, request: 1 }]", "1:29", "FB2101", "`faults` has no key `request`"),
        ("faults: [{ fault: throttle, requests: [1, 0] }]", "1:43", "FB2104", "`requests` is 0, not 1 or more"),
        ("faults: [{ fault: throttle, requests: two }]", "1:39", "FB2103", "`requests` is text, not a whole number"),
        ("faults: [{ fault: throttle, probability: 2 }]", "1:42", "FB2104", "`probability` is 2, not from 0 to 1"),
        ("faults: [{ fault: throttle, after: 5 }]", "1:36", "FB2104", "`after` can't be `5`"),
        ("faults: [{ fault: throttle, for: 0s }]", "1:34", "FB2104", "`for` can't be `0s`"),
        ("faults: [{ fault: throttle, job: ten }]", "1:34", "FB2104", "`job` can't be `ten`"),
        ("faults: [{ fault: fail_job, job: 2 }]", "1:34", "FB2106", "`fail_job` happens when a job is submitted"),
        ("faults: [{ fault: server_error, lasts: 2s }]", "1:40", "FB2106", "`server_error` takes no time"),
        ("faults: []\nidempotency: always", "2:14", "FB2105", "`idempotency` can't be `always`"),
    ])
    func aWrongPlanIsRefusedWithItsPlace(text: String, place: String, code: String, message: String) throws {
        let error = try #require(throws: Diagnostics.self) { try FaultPlanReader.plan(text, file: "f.yaml") }
        let told = DiagnosticText(sources: ["f.yaml": text]).text(of: error.all)
        #expect(error.all.count == 1 && told.contains("f.yaml:\(place): error[\(code)]: ") && told.contains(message), "\(told)")
        #expect(error.all.allSatisfy { $0.code == "FB1017" || $0.suggestion != nil || $0.code == "FB2103" || $0.code == "FB2104" })
    }

    @Test func severalProblemsAreToldInOnePass() throws {
        let error = try #require(throws: Diagnostics.self) {
            try FaultPlanReader.plan(
                "sed: 1\nfaults:\n  - { fault: explode, every: 0 }\n  - { fault: throttle, tims: 1 }\n", file: "f.yaml")
        }
        #expect(error.all.map(\.code) == ["FB2101", "FB2105", "FB2104", "FB2101"])
        #expect(error.all.first?.suggestion == "did you mean `seed`?")
    }

    /// Before anything is sent, and with a caret.
    @Test func aRunWithAWrongPlanEndsWith65() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        try workspace.write("faults:\n  - fault: close_after_acepting\n", to: "faults.yaml")
        let result = try await Flowbatch.runSandbox(workspace, ["--faults", "faults.yaml"])
        #expect(result.exitCode == 65, "\(result.everything)")
        #expect(result.errors.contains("faults.yaml:2:12: error[FB2105]"), "\(result.errors)")
        #expect(result.errors.contains("did you mean `close_after_accepting`?") && result.errors.contains("flowbatch explain FB2105"))
        #expect(!workspace.files().contains { $0.lastPathComponent == "journal.jsonl" })
        #expect(try await Flowbatch.runSandbox(workspace, ["--faults", "nowhere.yaml"]).exitCode == 66)
    }
}
