package import Pipeline

/// By position in a plan: the instance's identity at generation 0. That is the identity it has, but where it was deliberately made again.
package struct BaseIdentities: Sendable, RandomAccessCollection {
    private let instances: [StepInstance]
    /// Of those that were made again.
    private let raised: [Int: Identity]

    package init(of instances: [StepInstance] = [], raised: [Int: Identity] = [:]) {
        self.instances = instances
        self.raised = raised
    }

    package var startIndex: Int { 0 }
    package var endIndex: Int { instances.count }
    package subscript(position: Int) -> Identity { raised[position] ?? instances[position].identity }
}
