/// Manifests that several tests use.
enum Campaigns {
    /// upload → r2i → upscale → i2v: 1 + 2 + 4 + 4 instances, 12 jobs.
    static func chain(plan: String = "prepaid", limits: String = "", count: Int = 2) -> String {
        """
        flowbatch: 1
        name: test
        provider: flow
        providers:
          flow:
            plan: \(plan)
            prices: { video: 5000 VND }
            \(limits)
        steps:
          product:
            uses: upload
            with: { file: product.png }
          scene:
            uses: r2i
            for_each: { ratio: ["16:9", "9:16"] }
            with:
              prompt: Lụa Serum on a shelf, ${{ each.ratio }}
              references: ["${{ steps.product.file }}"]
              aspect_ratio: ${{ each.ratio }}
              count: \(count)
          hd:
            uses: upscale
            for_each: ${{ steps.scene.images }}
            with: { image: "${{ each.item }}", resolution: 4K }
          clip:
            uses: i2v
            for_each: ${{ steps.hd.images }}
            with:
              image: ${{ each.item }}
              prompt: slow push-in
              aspect_ratio: ${{ each.ratio }}
            save: clips/${{ each.ratio | slug }}-${{ each.number }}.mp4
        """
    }

    /// One picture a name, nothing else.
    static func pictures(_ names: [String], overlay: String = "", extra: String = "", count: Int = 1) -> String {
        """
        flowbatch: 1
        name: test
        provider: flow
        \(overlay)
        steps:
          picture:
            uses: t2i
            for_each: [\(names.joined(separator: ", "))]
            with: { prompt: "a ${{ each.item }}", count: \(count) }
        \(extra)
        """
    }
}
