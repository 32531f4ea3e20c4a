"""The verifier kit: tells without a network whether a certificate's QR claim or credential is genuine and in force."""
