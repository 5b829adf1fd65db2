// launch.c's brother in Rust, whose library starts programs through libc:
// launch-rust A B runs `cp -v /dev/null AB` and prints its status.
use std::process::Command;

fn main() {
    let words: Vec<String> = std::env::args().collect();
    let status = Command::new("cp")
        .args(["-v", "/dev/null", &(words[1].clone() + &words[2])])
        .status()
        .expect("cp does not start");
    println!("status {}", status.code().unwrap_or(-1));
}
