// The export list of the edge core: a C-friendly interface to the passes that the TypeScript host uses too. Functions take
// and give i32, f32 and f64 alone, import nothing and never trap; include/wasm_lstm.h is made of their comments.

export { __data_end, __heap_base };
export {
  wl_abi_version, wl_add_layer, wl_begin, wl_bytes, wl_features, wl_first_address, wl_init, wl_set_head,
} from "./describe";
export { wl_address, wl_pack, wl_parameter, wl_parameter_count, wl_randomize, wl_size } from "./arrays";
export { wl_evaluate, wl_forward, wl_reset, wl_step, wl_train, wl_train_head } from "./passes";
export { wl_restore, wl_save, wl_saved_bytes } from "./saved";
export { wl_get, wl_set } from "./settings";
