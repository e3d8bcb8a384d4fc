// What the bundler's marker module is replaced by in tests.
export {}
