package com.amazonaws.services.lambda.runtime.logging;

public enum LogFormat {
    JSON,
    TEXT;

    public static LogFormat fromString(String text) {
        return JSON.name().equalsIgnoreCase(text) ? JSON : TEXT;
    }
}
