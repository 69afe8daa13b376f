namespace Siamese.Pipelines.Faces;

/// <summary>How sure an <see cref="SsdFaceDetector"/> must be, and on how many threads it runs.</summary>
public sealed record SsdFaceDetectorOptions
{
    /// <summary>Gets the score that a face must exceed.</summary>
    /// <value>In [0, 1]. The default is 0.5.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not in [0, 1].</exception>
    public float MinimumScore { get; init => field = Guard.InRange(value, 0f, 1f); } = 0.5f;

    /// <summary>Gets the score of the largest face in the first look from which on the second look, half of the time, is left out.</summary>
    /// <value>
    /// In [0, 1]. The default, 1, always looks twice. A picture in which a small face is found surely and a large one is missed loses the
    /// large one where the second look is left out. At 0.95 the second look fell away for three quarters of 925 photographs (5 Celebrity Faces
    /// and the first fold of LFW), and the right neighbours, and the right pairs within half a percent, stayed as many.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not in [0, 1].</exception>
    public float SufficientScore { get; init => field = Guard.InRange(value, 0f, 1f); } = 1f;

    /// <summary>Gets the score that a face must exceed in the third look, which is taken only where the first two find none.</summary>
    /// <value>In [0, 1]. The default is 0.3; 1 leaves the third look out.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not in [0, 1].</exception>
    public float FallbackMinimumScore { get; init => field = Guard.InRange(value, 0f, 1f); } = 0.3f;

    /// <summary>Gets the intersection over union above which two boxes are taken for one face.</summary>
    /// <value>In [0, 1]. The default is 0.5.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not in [0, 1].</exception>
    public float MaximumOverlap { get; init => field = Guard.InRange(value, 0f, 1f); } = 0.5f;

    /// <summary>Gets the score of the largest face below which, and without any face, the picture is also searched after each quarter turn.</summary>
    /// <value>
    /// In [0, 1]. The default, 0, never turns. For this option, the score is reduced where the landmarks lie closer together than those of an
    /// upright face. At 0.9, 840 of 849 turned photographs of 5 Celebrity Faces and LFW were put upright; of 313 upright ones 312 kept their face,
    /// and one in twenty took four times as long. A higher score costs more time: at 1, every picture is searched four times.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not in [0, 1].</exception>
    public float TurnBelowScore { get; init => field = Guard.InRange(value, 0f, 1f); }

    /// <summary>Gets the threads that share the work of one picture (ONNX Runtime's intra-op threads).</summary>
    /// <value>The default is 1: pictures side by side use the processors better.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int Threads { get; init => field = Guard.AtLeast(value, 1); } = 1;
}
