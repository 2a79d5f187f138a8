// The export list of the edge core's builds that only predict: what index.ts exports, less training.

export { __data_end, __heap_base };
export {
  wl_abi_version, wl_add_layer, wl_begin, wl_bytes, wl_features, wl_first_address, wl_init, wl_set_head,
} from "./describe";
export { wl_address, wl_pack, wl_parameter, wl_parameter_count, wl_size } from "./arrays";
export { wl_forward, wl_reset, wl_step } from "./passes";
