"""The night: reading the lake, attribution, fitting, evaluation, the gate, the champion."""
