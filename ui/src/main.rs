//! The wasm program of the windows.

fn main() {
    carillon_ui::start();
}
