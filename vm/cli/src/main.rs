fn main() { println!("pyrs"); }
