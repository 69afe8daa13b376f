using Siamese.Training.Native;
using TorchSharp;

namespace Siamese.Pipelines.Tests.Training;

/// <summary>Loads torch once for all tests of training, on one thread so that their numbers do not depend on the machine.</summary>
[SetUpFixture]
public sealed class TorchSetUp
{
    [OneTimeSetUp]
    public void Load_torch()
    {
        TorchLibrary.EnsureLoaded();
        torch.set_num_threads(1);
    }
}
