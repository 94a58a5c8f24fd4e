import Commands

@main
struct Flowbatch {
    static func main() async { await FlowbatchCommand.runProcess() }
}
