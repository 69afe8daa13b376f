using TorchSharp;

namespace Siamese.Pipelines.Tests.Training;

/// <summary>Counts tensors, since one that is left to the garbage collector holds native memory that it does not see.</summary>
internal static class TensorLeaks
{
    /// <summary>Counts the tensors that a call makes and does not dispose.</summary>
    public static long Count(Func<torch.Tensor> call)
    {
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        call().Dispose();
        return DisposeScopeManager.Statistics.ThreadTotalLiveCount - before;
    }
}
