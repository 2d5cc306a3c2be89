/// The wire in OpenAPI 3.0.3, as `Resources/openapi.json` has it: served to whoever asks, and what the tests hold each message
/// against.
public enum HostDescription {
    public static var text: String { String(decoding: PackageResources.openapi_json, as: UTF8.self) }
}
