namespace Siamese.Training.Native;

/// <summary>The exception for a native torch library that is missing or does not load. Its message says what to install.</summary>
public sealed class TorchLibraryException : DllNotFoundException
{
    /// <summary>Initializes a new instance.</summary>
    /// <param name="message">What was looked for, and the remedy.</param>
    /// <param name="innerException">What the system said, if it was asked.</param>
    public TorchLibraryException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
