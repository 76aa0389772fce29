package com.example.calc;

import com.example.nowhere.Thing;

class Types {
    int wrong() {
        String text = 1;
        return missing(text);
    }
}
