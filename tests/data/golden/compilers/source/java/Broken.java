package com.example.calc;

class Broken {
    int wrong() {
        String text = 1;
        return missing(text)
    }

    void other() {
        undefined.call();
    }
}
