import type { ServiceDefinition } from "@grpc/grpc-js";
import { parse } from "protobufjs";
import type { WireValue } from "./values";

// What Terraform sends to and needs from a provider, by the field numbers of its plugin protocol, version 5.
// Names of messages do not travel on the wire; fields that are left out here are skipped when read.
const TERRAFORM = `
syntax = "proto3";
package tfplugin5;

message Empty {}
message Value { bytes msgpack = 1; }
message Step { oneof selector { string attribute_name = 1; } }
message Path { repeated Step steps = 1; }
message Diagnostic { int32 severity = 1; string summary = 2; string detail = 3; Path attribute = 4; }

message Attribute { string name = 1; bytes type = 2; bool required = 4; bool optional = 5; bool computed = 6; }
message NestedBlock { string type_name = 1; Block block = 2; int32 nesting = 3; int64 min_items = 4; int64 max_items = 5; }
message Block { int64 version = 1; repeated Attribute attributes = 2; repeated NestedBlock block_types = 3; }
message Schema { int64 version = 1; Block block = 2; }
message Capabilities { bool plan_destroy = 1; bool get_provider_schema_optional = 2; }
message Schemas {
  Schema provider = 1;
  map<string, Schema> resource_schemas = 2;
  repeated Diagnostic diagnostics = 4;
  Capabilities server_capabilities = 6;
}

message PrepareRequest { Value config = 1; }
message PrepareResponse { Value prepared_config = 1; repeated Diagnostic diagnostics = 2; }
message ValidateRequest { string type_name = 1; Value config = 2; }
message Diagnostics { repeated Diagnostic diagnostics = 1; }
message ConfigureRequest { Value config = 2; }
message RawState { bytes json = 1; }
message UpgradeRequest { string type_name = 1; RawState raw_state = 3; }
message UpgradeResponse { Value upgraded_state = 1; repeated Diagnostic diagnostics = 2; }
message ReadRequest { string type_name = 1; Value current_state = 2; }
message ReadResponse { Value new_state = 1; repeated Diagnostic diagnostics = 2; }
message PlanRequest { string type_name = 1; Value prior_state = 2; Value proposed_new_state = 3; Value config = 4; }
message PlanResponse {
  Value planned_state = 1;
  repeated Path requires_replace = 2;
  repeated Diagnostic diagnostics = 4;
  bool legacy_type_system = 5;
}
message ApplyRequest { string type_name = 1; Value prior_state = 2; Value planned_state = 3; }
message ApplyResponse { Value new_state = 1; repeated Diagnostic diagnostics = 3; bool legacy_type_system = 4; }
message ImportRequest { string type_name = 1; string id = 2; }
message Imported { string type_name = 1; Value state = 2; }
message ImportResponse { repeated Imported imported_resources = 1; repeated Diagnostic diagnostics = 2; }
message StopResponse { string Error = 1; }

service Provider {
  rpc GetSchema(Empty) returns (Schemas);
  rpc PrepareProviderConfig(PrepareRequest) returns (PrepareResponse);
  rpc ValidateResourceTypeConfig(ValidateRequest) returns (Diagnostics);
  rpc UpgradeResourceState(UpgradeRequest) returns (UpgradeResponse);
  rpc Configure(ConfigureRequest) returns (Diagnostics);
  rpc ReadResource(ReadRequest) returns (ReadResponse);
  rpc PlanResourceChange(PlanRequest) returns (PlanResponse);
  rpc ApplyResourceChange(ApplyRequest) returns (ApplyResponse);
  rpc ImportResourceState(ImportRequest) returns (ImportResponse);
  rpc Stop(Empty) returns (StopResponse);
}`;

const PLUGIN = `
syntax = "proto3";
package plugin;
message Nothing {}
service GRPCController { rpc Shutdown(Nothing) returns (Nothing); }`;

export interface Diagnostic {
  readonly severity: 1;
  readonly summary: string;
  readonly detail: string;
}

/** What a call of each method carries; an absent value means null. */
export interface Requests {
  GetSchema: Record<string, never>;
  PrepareProviderConfig: { config?: WireValue };
  ValidateResourceTypeConfig: { type_name: string; config?: WireValue };
  UpgradeResourceState: { type_name: string; raw_state?: { json: Uint8Array } };
  Configure: { config?: WireValue };
  ReadResource: { type_name: string; current_state?: WireValue };
  PlanResourceChange: {
    type_name: string;
    prior_state?: WireValue;
    proposed_new_state?: WireValue;
    config?: WireValue;
  };
  ApplyResourceChange: { type_name: string; prior_state?: WireValue; planned_state?: WireValue };
  ImportResourceState: { type_name: string; id: string };
  Stop: Record<string, never>;
}

/** A message as protobuf's JSON-like form takes it, with the names of the protocol. */
export type Message = Record<string, unknown>;

export const providerService = (): ServiceDefinition => serviceOf(TERRAFORM, "tfplugin5.Provider");

/** go-plugin asks for Shutdown when Terraform is done; without an answer it waits two seconds and kills the process. */
export const controllerService = (): ServiceDefinition => serviceOf(PLUGIN, "plugin.GRPCController");

function serviceOf(source: string, name: string): ServiceDefinition {
  const { root } = parse(source, { keepCase: true });
  return Object.fromEntries(
    root.lookupService(name).methodsArray.map((method) => {
      const [request, response] = [root.lookupType(method.requestType), root.lookupType(method.responseType)];
      // Absent strings and bytes are empty, as in every other language; absent messages stay absent.
      const read = (bytes: Buffer) => request.toObject(request.decode(bytes), { defaults: true, longs: Number });
      const write = (message: Message) => Buffer.from(response.encode(response.fromObject(message)).finish());
      return [
        method.name,
        {
          path: `/${name}/${method.name}`,
          originalName: method.name,
          requestStream: false,
          responseStream: false,
          requestSerialize: (message: Message) => Buffer.from(request.encode(request.fromObject(message)).finish()),
          requestDeserialize: read,
          responseSerialize: write,
          responseDeserialize: (bytes: Buffer) => response.toObject(response.decode(bytes), { defaults: true }),
        },
      ];
    }),
  );
}
