/// A definition with a bit of everything, small enough to be broken line by line.
enum SmallDefinition {
    static let text = """
        definition: 1
        name: tiny
        title: Tiny
        host: { base: https://api.tiny.example, path: /v1, uploads: ["*.store.example"], results: public }
        auth: { header: Authorization, prefix: "Bearer ", key_starts: tk_ }
        plan: small
        plans:
          small: {}
          fast: { over: [small], limits: { threads: 9 } }
        limits: { threads: 3, requests: 60/minute, day: UTC }
        prices:
          - { when: { model: big }, amount: 3 credits, per: image }
          - { when: {}, amount: 1 credits, per: image }
        durations: [{ when: {}, typical: 10s, between: [5s, 20s] }]
        upload:
          types: [image/png]
          max: 10MB
          steps:
            - { post: upload, json: { name: "{file.name}", size: "{file.size}" }, keep: { url: /url, ref: /key }, good_for: 5m }
            - { put: "{url}", host: uploads, headers: { Content-Type: "{file.type}" }, bytes: "{file}" }
          gives: "{ref}"
          lasts: 24h
        operations:
          t2i:
            request: { post: generate, json: { model: "{model}", prompt: "{prompt}", size: "{size}", n: "{count}" } }
            params:
              model:  { values: [small, big], default: small }
              prompt: { type: text, required: true, max_length: 100 }
              size:   { type: size, step: 8, min: 64, max: 2048 }
              count:  { type: int, min: 1, max: 4, default: 1 }
            models:
              wide:
                sends: wide-1
                params: { size: { max: 4096 }, count: null }
                request: { json: { n: null } }
                makes: { image: 2 }
            variants:
              - { when: { webhook: present }, request: { json: { hook: "{webhook}" } } }
            makes: { image: "{count}" }
          edit:
            request: { post: edit, form: { prompt: "{prompt}", "image[]": ["{image}"] } }
            params:
              prompt: { type: text, required: true }
              image:  { type: image, takes: [data_uri, upload], max_bytes: 256KB, required: true }
            makes: { image: 1 }
        jobs:
          job:
            accepts: [202]
            id: [/id]
            poll: { get: "jobs/{job}", min: 2s, max: 10s }
            states:
              - queued:    { /status: queued }
              - succeeded: { /status: done, /result: present }
              - failed:    { http: [4xx, 500], /error: present }
            outputs: { image: [{ url: "/result/*/url" }, { base64: /result/data }] }
            cost: { at: /cost, unit: credits }
            refunded: [failed]
            lasts: 1h
        errors:
          - { when: { http: 5xx, call: submit }, is: server, charged: no }
        idempotency: { header: Idempotency-Key, honoured: true, lasts: forever }
        gaps:
          - { at: /limits/threads, why: guessed }

        """
}
