namespace Siamese.Pipelines.Faces;

/// <summary>How sure a <see cref="YuNetFaceDetector"/> must be, how large it sees a picture, and on how many threads it runs.</summary>
public sealed record YuNetFaceDetectorOptions
{
    /// <summary>Gets the score that a face must reach.</summary>
    /// <value>In [0, 1]. The default is 0.5; 0.6 to 0.9 is stricter.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not in [0, 1].</exception>
    public float MinimumScore { get; init => field = Guard.InRange(value, 0f, 1f); } = 0.5f;

    /// <summary>Gets the intersection over union above which two boxes are taken for one face.</summary>
    /// <value>In [0, 1]. The default is 0.3.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not in [0, 1].</exception>
    public float MaximumOverlap { get; init => field = Guard.InRange(value, 0f, 1f); } = 0.3f;

    /// <summary>Gets the longer side, in pixels, to which a larger picture is shrunk before it is searched. A smaller one is never enlarged.</summary>
    /// <value>
    /// The default is 640: the network finds faces of about 10 to 300 pixels, so a larger side finds smaller faces and misses larger ones.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 32.</exception>
    public int LongestSide { get; init => field = Guard.AtLeast(value, 32); } = 640;

    /// <summary>Gets the score of the largest face below which, and without any face, the picture is also searched after each quarter turn.</summary>
    /// <value>
    /// In [0, 1]. The default, 0, never turns. At 0.92, all of 849 turned photographs of 5 Celebrity Faces and LFW were put upright; all of 313
    /// upright ones kept their face, and one in eight took four times as long. A higher score costs more time: at 1, every picture is searched
    /// four times.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not in [0, 1].</exception>
    public float TurnBelowScore { get; init => field = Guard.InRange(value, 0f, 1f); }

    /// <summary>Gets the threads that share the work of one picture (ONNX Runtime's intra-op threads).</summary>
    /// <value>The default is 1: pictures side by side use the processors better.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int Threads { get; init => field = Guard.AtLeast(value, 1); } = 1;
}
